// Records what Node prints for each line of values.txt, into node.json:
//
//     node tests/handlers/console_values/record.js
'use strict';

const { Console } = require('node:console');
const { readFileSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { Writable } = require('node:stream');

function printed(line) {
    let text = '';
    const stdout = new Writable({
        write(chunk, encoding, done) {
            text += chunk;
            done();
        },
    });
    const call = line.startsWith('console.') ? line : `console.log(${line}\n)`;
    (0, eval)(`console => { ${call} }`)(new Console({ stdout }));
    return text;
}

const lines = readFileSync(join(__dirname, 'values.txt'), 'utf8').split('\n');
const values = {};
for (const line of lines) if (line && !line.startsWith('//')) values[line] = printed(line);
const { node, v8 } = process.versions;
writeFileSync(join(__dirname, 'node.json'), JSON.stringify({ node, v8, values }, null, 1) + '\n');
