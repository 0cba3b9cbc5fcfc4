// Debugs the runtimes at host:port by puppeteer's CDP sessions; prints what it saw.
'use strict';
const puppeteer = require('puppeteer-core');

async function debug(target) {
  const seen = {};
  const session = await target.createCDPSession();
  const paused = () => new Promise((resolve) => session.once('Debugger.paused', resolve));
  for (const domain of ['Runtime', 'Debugger', 'Profiler']) await session.send(`${domain}.enable`);
  await session.send('Profiler.start');
  await session.send('Debugger.setBreakpointByUrl', {url: 'main.js', lineNumber: 1});

  let pause = paused();
  const call = session.send('Runtime.evaluate', {expression: 'main(20)'});
  let frame = (await pause).callFrames[0];
  seen.line = frame.location.lineNumber;
  const evaluate = {callFrameId: frame.callFrameId, expression: 'a * 2'};
  seen.double = (await session.send('Debugger.evaluateOnCallFrame', evaluate)).result.value;

  pause = paused();
  await session.send('Debugger.stepOver');
  frame = (await pause).callFrames[0];
  seen.next = frame.location.lineNumber;
  await session.send('Debugger.resume');
  seen.value = (await call).result.value;
  seen.profiled = (await session.send('Profiler.stop')).profile.nodes.length > 0;
  await session.detach();
  return seen;
}

async function main() {
  const browser = await puppeteer.connect({browserURL: `http://${process.argv[2]}`});
  const seen = {version: await browser.version(), targets: []};
  for (const target of browser.targets()) seen.targets.push(await debug(target));
  await browser.disconnect();
  console.log(JSON.stringify(seen));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
