import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import test from 'node:test';
import { file } from './runs.js';

const modules = ['', 'asks/', 'edits/', 'panels/', 'pages/'].flatMap((folder) => readdirSync(new URL(`../js/${folder}`, import.meta.url)).filter((n) => n.endsWith('.js')).map((n) => folder + n));
const imports = Object.fromEntries(modules.map((name) => [name, [...file(`js/${name}`).matchAll(/^(?:import|export) .*from '(\.\.?\/[\w./]+)'/gm)].map((m) => new URL(m[1], `http://js/${name}`).pathname.slice(1))]));

/** What a module may import, and why it may import no more. @type {Record<string, [string[], string]>} */
const allowed = {
  'fold.js': [[], 'the world is a function of the events alone'],
  'marks.js': [[], 'marks are in virtual time and know no page'],
  'timescale.js': [[], 'the axis is a function of the events alone'],
  'session.js': [[], 'the wire knows nothing of what is drawn'],
  'controls.js': [['svg.js'], 'a knob makes a line; what a line does is the server’s business'],
  'edits/compare.js': [[], 'two runs are compared by their events alone'],
  'units.js': [[], 'a number is written the same everywhere'],
  'panels/say.js': [['units.js'], 'it is the twin of the server’s reader'],
  'svg.js': [[], 'it makes elements and knows nothing of what they mean'],
  'layout.js': [['marks.js'], 'it can be tested without a page'],
  'player.js': [[], 'the playhead moves whatever is drawn'],
  'voice.js': [['units.js', 'svg.js'], 'words are the same for every view'],
  'sheet.js': [['svg.js', 'layout.js'], 'a view draws what it is given'],
  'edits/history.js': [[], 'it is about logs alone'],
  'settings.js': [[], 'the page is told by it and tells it nothing'],
  'keys.js': [[], 'a key ends in a deed; what a deed does is the figure’s business'],
  'edits/ghost.js': [['svg.js', 'layout.js'], 'a view draws what it is given'],
  'panels/help.js': [['svg.js'], 'a view draws what it is given'],
  'ladder.js': [['svg.js', 'fold.js', 'marks.js', 'sheet.js', 'layout.js'], 'a view draws what it is given'],
  'edits/lines.js': [['controls.js'], 'a line is words; what it does is the server’s business'],
  'edits/list.js': [['svg.js', 'controls.js', 'edits/lines.js'], 'a view draws what it is given'],
  'edits/problems.js': [['svg.js'], 'a view draws what it is given'],
  'edits/edits.js': [['marks.js', 'edits/compare.js', 'edits/ghost.js', 'edits/history.js', 'edits/lines.js', 'edits/list.js', 'edits/popover.js', 'edits/problems.js'], 'it brings an edit and its run together'],
  'edits/popover.js': [['svg.js', 'layout.js', 'edits/lines.js'], 'a view draws what it is given'],
  'transport.js': [['svg.js'], 'a view draws what it is given'],
  'panels/transcript.js': [['svg.js', 'panels/named.js'], 'a view draws what it is given'],
  'panels/why.js': [['svg.js', 'panels/named.js'], 'a view draws what it is given'],
  'panels/named.js': [['svg.js'], 'it looks at words, wherever they stand'],
  'panels.js': [['svg.js'], 'what a tab shows is handed to it; it knows no panel'],
  'pages/sandbox.js': [['svg.js'], 'it is handed the wire and the figure by main, like every page of its own'],
  'panels/speech.js': [[], 'it says what it is given'],
  'panels/axes.js': [['timescale.js'], 'an axis is a function of the events alone'],
  'pages/watch.js': [['svg.js'], 'it reads the list and presses its rows'],
  'pages/embed.js': [['settings.js'], 'it presses a button'],
  'pages/home.js': [['asks/progress.js'], 'it shows what was answered'],
  'panels/fleet.js': [['svg.js'], 'a view draws what it is given'],
  'panels/take.js': [['svg.js', 'panels.js', 'panels/present.js', 'marks.js', 'timescale.js', 'layout.js', 'sheet.js'], 'it draws a run once more, as the ladder does'],
  'panels/terms.js': [['svg.js'], 'it shows what it is given'],
  'panels/present.js': [['svg.js'], 'it shows what is there'],
  'panels/remote.js': [['svg.js', 'panels/speech.js'], 'it is handed the line to the server; a phone is told what is spoken'],
  'pages/remote.js': [[], 'it presses for somebody far away and shows what comes back'],
  'asks/asks.js': [['svg.js', 'asks/predict.js', 'asks/challenge.js', 'asks/tries.js', 'asks/sequel.js', 'asks/progress.js'], 'it is handed the wire and the figure by main'],
  'asks/predict.js': [['svg.js', 'asks/paper.js'], 'a form knows its question and nothing of the run'],
  'asks/paper.js': [['svg.js'], 'a view draws what it is given'],
  'asks/challenge.js': [['svg.js', 'asks/predict.js', 'edits/lines.js'], 'the server judges; this says what it found'],
  'asks/sequel.js': [[], 'it fetches a page and takes it apart'],
  'asks/tries.js': [['svg.js'], 'the engine answers; this presses a switch'],
  'asks/progress.js': [[], 'what was done is anybody’s to read'],
  'panels/segment.js': [['svg.js'], 'a view draws what it is given'],
  'panels/statechart.js': [['svg.js'], 'a view draws what it is given'],
  'panels/sockets.js': [['svg.js'], 'a view draws what it is given'],
  'panels/calls.js': [['svg.js'], 'a view draws what it is given'],
};

test('imports go one way: main and figure know the views, the views know the drawing, nobody knows main', () => {
  for (const name of modules) {
    if (name === 'main.js' || name === 'figure.js') continue;
    const [may, reason] = allowed[name] ?? [[], 'it is new: say here what it may know, and why'];
    for (const other of imports[name]) assert.ok(may.includes(other), `${name} imports ${other}: ${reason}`);
  }
  for (const name of modules) assert.ok(!imports[name].includes('main.js'), `${name} imports main.js`);
});

test('only the player asks for frames, and nothing polls', () => {
  for (const name of modules) {
    const code = file(`js/${name}`).replace(/\/\*[\s\S]*?\*\//g, '');
    if (name !== 'player.js') assert.doesNotMatch(code, /requestAnimationFrame\(/, name);
    assert.doesNotMatch(code, /setInterval/, name);
  }
});

test('nothing needs a style attribute or inline markup, which the Content-Security-Policy forbids', () => {
  for (const name of modules) assert.doesNotMatch(file(`js/${name}`), /innerHTML|insertAdjacentHTML|setAttribute\('style'|style: ['"`]|\beval\(|new Function/, name);
});

test('every module begins with a guided tour', () => {
  for (const name of modules) assert.match(file(`js/${name}`), new RegExp(`^/\\*\\*\\n \\* ${name.replace(/^\w+\//, '').replace('.', '\\.')}: `), name);
});
