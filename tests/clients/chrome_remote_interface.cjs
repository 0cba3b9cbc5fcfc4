// Debugs the runtime at host:port as far as chrome-remote-interface goes; prints what it saw.
'use strict';
const CDP = require('chrome-remote-interface');

const [host, port] = process.argv[2].split(':');

async function debug(client, session) {
  const seen = {};
  const send = (method, params) => client.send(method, params, session);
  const name = session ? `Debugger.paused.${session}` : 'Debugger.paused';
  const paused = () => new Promise((resolve) => client.once(name, resolve));
  for (const domain of ['Runtime', 'Debugger', 'Profiler', 'HeapProfiler']) {
    await send(`${domain}.enable`);
  }
  await send('Profiler.start');
  const {breakpointId} = await send('Debugger.setBreakpointByUrl', {url: 'main.js', lineNumber: 1});

  let pause = paused();
  const call = send('Runtime.evaluate', {expression: 'main(20)'});
  let frame = (await pause).callFrames[0];
  seen.line = frame.location.lineNumber;
  const evaluate = {callFrameId: frame.callFrameId, expression: 'a * 2'};
  seen.double = (await send('Debugger.evaluateOnCallFrame', evaluate)).result.value;

  pause = paused();
  await send('Debugger.stepOver');
  frame = (await pause).callFrames[0];
  seen.next = frame.location.lineNumber;
  await send('Debugger.removeBreakpoint', {breakpointId});
  await send('Debugger.resume');
  seen.value = (await call).result.value;

  const {profile} = await send('Profiler.stop');
  seen.profiled = profile.nodes.length > 0 && profile.endTime > profile.startTime;
  return seen;
}

async function main() {
  const direct = await CDP({host, port});
  const seen = {browser: (await CDP.Version({host, port})).Browser, direct: await debug(direct)};
  await direct.close();

  // All runtimes over one connection.
  const {webSocketDebuggerUrl} = await CDP.Version({host, port});
  const root = await CDP({host, port, target: webSocketDebuggerUrl});
  const sessions = [];
  root.Target.attachedToTarget(({sessionId}) => sessions.push(sessionId));
  await root.Target.setAutoAttach({autoAttach: true, waitForDebuggerOnStart: false, flatten: true});
  seen.flat = [];
  for (const session of sessions) seen.flat.push(await debug(root, session));
  for (const sessionId of sessions) await root.Target.detachFromTarget({sessionId});
  await root.close();
  console.log(JSON.stringify(seen));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
