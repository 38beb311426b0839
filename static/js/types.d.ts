/**
 * Every shape that passes between two modules, in one place. Times are virtual and in integer microseconds (`..._us`, or
 * the wire's own `at`, `due`, `for`, `flight`, `delay`); page distances are CSS pixels (`y`, `x`).
 */

/** One event of a run, as it comes over the wire. Fields are left out when zero or empty. */
export interface Event {
  at: number;
  ev: 'preset' | 'call' | 'state' | 'sent' | 'held' | 'copied' | 'arrived' | 'lost' | 'expired' | 'ignored'
    | 'timer' | 'read' | 'eof' | 'error' | 'link' | 'counters' | 'end' | (string & {});
  host?: string;
  conn?: number;
  cause?: number;
  why?: string;
  local?: string; remote?: string; dst?: string;
  state?: string; snd_nxt?: number; rcv_nxt?: number;
  call?: string; fd?: string; len?: number; foreign?: number; errno?: string; message?: string;
  from?: string; to?: string;
  seg?: number; kind?: string; nth?: number; flags?: string; seq?: number; ack?: number; wnd?: number; scale?: boolean; shift?: number; mss?: number; sack?: boolean; tsval?: number; tsecr?: number;
  retry?: number; of?: number;
  for?: number; flight?: number;
  timer?: string; do?: string; due?: number;
  loss?: number; delay?: number; share?: number; arg?: string; ret?: number;
  counts?: Counts;
}

/** What one host of a load has had by the instant of a `counters` event: open, states and ports then, all others since the beginning. */
export interface Counts {
  open: number; states?: Record<string, number>; ports: number;
  connects: number; opened: number; done: number; failed: number; errors?: Record<string, number>;
  sent: number; received: number; rst_sent: number; rst_received: number;
  written: number; read: number; reopened: number; time_wait_full: number;
  /** the use of the ephemeral ports, in runs of three numbers: ports, connections of each that do not wait, and that do */
  map?: number[];
}

export interface Knob { name: string; do: string; unit: 'time' | '%' | (string & {}); min: number; max: number; step: number; value: number; inert?: string }
export interface HostFact { name: string; addr?: string; addrs?: string[] }
export interface Facts {
  version: number; profile?: string; rtt: number; delay: number; msl: number; time_wait: number; lifetime?: number; loss?: number;
  hosts: HostFact[]; knobs: Knob[] | null; actions: string[] | null;
  /** rate is in connections per thousand seconds, ports are the first and the last */
  load?: { host: string; connections: number; rate: number; every: number; to: number; from: number; ports: [number, number]; shown: number };
}

export interface Splice { type: 'splice'; figure: string; rev: number; from: number; events: Event[] | null; end: boolean; log?: string[] | null; facts?: Facts; version?: number; gate?: Question; captions?: Caption[] }
export interface WireError { type: 'error'; figure?: string; rev?: number; code: string; problem?: string; message: string; line?: number; col?: number; do?: string }

/** What is asked before the run goes on; times in microseconds. */
export interface Question {
  ask: string; kind: 'state' | 'number' | 'time' | 'segment' | 'arrow' | 'wait' | 'pick' | (string & {});
  at: number; text: string; choices?: string[]; labels?: string[]; host?: string; from?: number; to?: number; step?: number;
}
export interface Caption { at: number; text: string }
/** What the engine says to a guess, or to a run that a challenge is about. */
export interface Verdict {
  type: 'verdict'; figure: string; rev: number; ask: string;
  guess?: string; right?: boolean; answer?: string; because?: number[]; why?: string;
  verdict?: 'solved' | 'not-yet' | 'forbidden' | 'too-many'; line?: string; log?: string[];
}
/** The wire, as far as those need it who ask. */
export interface Wire {
  say(figure: string, message: Record<string, unknown>): void;
  asking(figure: string, asks: { lang?: string; shown: string[] }): void;
  open(figure: string, log: string[] | ((now: string[]) => string[])): void;
}
/** What asks the learner something about a figure. */
export interface Guest { show(run: Run): void; at(t: number): void; asking(): boolean }

/** A run as far as the page has it. Replaced, never changed: whoever holds one may keep it. */
export interface Run { rev: number; events: Event[]; end: boolean; log: string[]; facts: Facts | null; gate: Question | null; captions: Caption[] }

export interface Timer { start: number; due: number; from_us: number; restarted: boolean }
/** `open` are the states of its connections, the one that changed last behind the others. */
export interface HostNow { state: string; open: Map<number, string>; timers: Record<string, { start: number; due: number }> }
/** Everything that is true at one instant. */
export interface World {
  /** how many events have happened */
  count: number;
  hosts: Record<string, HostNow>;
  /** segments in the network, by id: when they were sent */
  flying: Map<number, number>;
  /** weather by sending host; the empty name holds what was set for both */
  link: Record<string, Record<string, number | undefined>>;
  /** the latest counts of each host of a load */
  counts: Record<string, Counts>;
}

export interface Band { host: string; conn: number; /** beside other connections of its host */ lane: number; state: string; from: number; to: number | null; n: number; preset: boolean }
export interface Arrow {
  seg: number; from: string; to: string;
  /** whose it is at either end: the sender's connection, and the receiver's once it has come to one */
  conn: number; toConn: number | null;
  kind: string; nth: number; flags: string; seq: number; ack?: number; len?: number;
  retry: number; of: number | null; copy: boolean; held: number;
  sent: number; sentN: number;
  /** what the one-way trip takes or would have taken */
  flight: number;
  end: number | null; endN: number | null;
  fate: 'arrived' | 'lost' | 'expired' | 'flying';
  /** why the receiver refuses it */
  ignored: string;
  /** neither end has sent it */
  forged: boolean;
  /** how many segments the same host sent before it in the same instant: they are drawn side by side */
  beside: number;
  /** the way through the network: share of the crossing (0 at the sender, 1 at the receiver) at which instant */
  path: { at: number; x: number }[];
}
export interface Bracket { host: string; timer: string; from: number; due: number; to: number | null; end: 'stop' | 'fire' | 'restart' | 'open'; again: boolean; n: number; lane: number }
/** One thing that is written beside a lifeline. */
export interface Note { host: string; conn: number; at: number; n: number; kind: 'state' | 'call' | 'timer'; text: string; preset?: boolean; state?: string; timer?: string; dur?: number; again?: boolean }
/** what: a condition beside loss and delay, such as jitter, with its time or share */
export interface Weather { at: number; n: number; host: string; loss?: number; delay?: number; what?: string; value?: number; free?: boolean }
export interface Marks { hosts: string[]; bands: Band[]; arrows: Arrow[]; brackets: Bracket[]; notes: Note[]; weather: Weather[]; instants: Instant[]; end: number }
/** All events of one virtual instant: what a step steps over. */
export interface Instant { at: number; first: number; last: number }

/** The three axes: folded, one straight ruler, every instant as far from the next. */
export type Mode = 'compressed' | 'true' | 'even';
export interface Fold { from: number; to: number; y0: number; y1: number; since: number }
export interface Scale {
  /** from `start`, a moment before the first event, on */
  y(at: number): number;
  at(y: number): number;
  height: number; start: number; end: number;
  folds: Fold[];
  /** the times at which a line across the page changes its slope */
  bends: number[];
  /** how much faster than in an exchange the time passes here when it is played */
  factor(at: number): number;
  /** where nothing happens for long: what Skip skips */
  waits: { from: number; to: number }[];
}

export interface Box { x: number; y: number; w: number; h: number }
/** The button that loses a segment; tight when there is no room for it. */
export interface FateButton { x: number; y: number; tight: boolean }
export interface Layout {
  width: number; height: number; compact: boolean;
  gutter: number;
  x: Record<string, number>;
  heads: { host: string; x: number; w: number }[];
  /** how wide a host's bands are together, px */
  band: Record<string, number>;
  /** how many connections a host has at once */
  lanes: Record<string, number>;
  /** from one bracket beside a host's lifeline to the next, px */
  pitch: Record<string, number>;
  /** the hosts beside whose lifelines there is no room to write */
  inner: Set<string>;
  /** from one instant to the next */
  deltas: { at: number; y: number; text: string }[];
  ticks: { at: number; y: number; text: string }[];
  notes: (Box & { host: string; at: number; n: number; anchor: number; lines: { note: Note; text: string }[] })[];
  labels: Map<number, Box & { text: string; detail: string; short: boolean; cx: number; cy: number; at: number }>;
  tags: Map<string, Box & { text: string; kind: string }>;
  /** by segment */
  fates: Map<number, FateButton>;
  silences: (Box & { text: string; at: number })[];
}

/** Draws what of the run before the last edit the run after it lacks. */
export type Ghost = (scale: Scale, layout: Layout) => SVGElement;

/** What a guest draws on the sheet, and how far it goes on below the end of the run, px. */
export type Draft = (scale: Scale, layout: Layout) => { node: SVGElement; below: number };

export type Words = Record<string, string>;
export type Sources = Record<string, { text: string; url: string }>;

/** What the keyboard ends in; the same for mouse and touch. */
export interface Deeds {
  walk(seg: number | null, way: 1 | -1): void;
  fate(seg: number, what?: 'hold' | 'dup'): void;
  toggle(): void;
  step(way: 1 | -1): void;
  end(way: 1 | -1): void;
  why(way: 1 | -1): void;
  skip(): void;
  /** say aloud where the run is */
  where(): void;
  help(): void;
  /** whether there was something to leave */
  escape(): boolean;
  selected(): number | null;
}

/** What the panels draw: an instant of a run, and what has been chosen of it. */
export interface Scene {
  events: readonly Event[]; marks: Marks; facts: Facts; world: World;
  t: number;
  /** the instant at or before the playhead, and how long after the one before it */
  instant: Instant | undefined; since: number;
  /** the event that is explained, and whether it was reached by asking why */
  focus: number; trail: boolean;
  selected: number | null;
  sentOf(seg: number): Event | undefined;
}
export interface Panel {
  draw(scene: Scene): void;
  /** what changes from frame to frame: only texts and transforms */
  tick?(t: number): void;
}
/** The view of very many connections. */
export interface Fleet {
  /** another run, and the one before the last edit */
  show(events: readonly Event[], facts: Facts, before: readonly Event[] | null): void;
  /** what follows from step to step */
  draw(scene: Scene): void;
  /** what moves with the playhead */
  frame(t: number): void;
}
/** What a panel can do: choose an event, and with it the row, the arrow and the instant. */
export interface PanelDeeds { choose(n: number): void }

/** The texts that the drawing needs, in the page's language, and how wide they are. */
export interface Texts {
  note(note: Note): string;
  arrow(arrow: Arrow): { flags: string; mark: string; detail: string };
  fate(arrow: Arrow): string;
  refused(arrow: Arrow, short: boolean): string;
  weather(w: Weather): string;
  silence(fold: Fold, compact: boolean): string;
  time(at: number): string;
  roughly(us: number): string;
  width(text: string, role: 'label' | 'small' | 'plain'): number;
}

/** What the page asks of the server about one figure. */
export interface Control { kind: 'control'; at: number; do: string; finished: boolean }
export type Request = { kind: 'open'; log: string[]; finished: boolean } | Control;
/** A request before its turn has come. */
export type Wish = { kind: 'open'; log: string[] | ((now: string[]) => string[]); finished: boolean } | Control;
export type Status = 'connecting' | 'open' | 'reconnecting';
/** A figure on the wire: `rev` is what the sent request was made for, `scenario` a text that the server does not know. */
export interface Wired { run: Run; queue: Wish[]; sent: Request | null; rev: number; live: boolean; overdue: number; scenario?: string; asks?: { lang?: string; shown: string[] }; ear?: (message: Heard) => void }
/** What a presenter's page hears of its room (remote.js), and that there is a new connection. */
export interface Heard { type: 'room' | 'turned' | 'over' | 'connected'; code?: string; key?: string; ends?: number; do?: string; why?: string }
/** One figure's way to the server, for whoever does not edit its run. */
export interface Line { say(message: Record<string, unknown>): void; hear(ear?: (message: Heard) => void): void }
/** Whoever else is told of each step. */
export type Ear = (here: Event[], sentOf: (seg: number) => Event | undefined) => void;
export interface WireListener {
  spliced(figure: string, run: Run, answered: Request | null, splice: Splice): void;
  failed(figure: string, error: WireError, refused: Request | null): void;
  status(status: Status): void;
  verdict?(figure: string, verdict: Verdict): void;
}

/** What a figure does on the wire. */
export interface Door {
  voice: import('./voice.js').Voice;
  control(at: number, line: string, finished: boolean): void;
  open(log: string[] | ((now: string[]) => string[]), finished?: boolean): void;
}
/** What is needed once somebody touches a figure. */
export interface Rest {
  edits: ReturnType<typeof import('./edits/edits.js').createEdits>;
  transcript: ReturnType<typeof import('./panels/transcript.js').createTranscript> | null;
  speech: ReturnType<typeof import('./panels/speech.js').createSpeech>;
}
export interface LadderDeeds {
  voice: import('./voice.js').Voice;
  select(seg: number | null): void;
  fate(seg: number): void;
  /** something has to be drawn */
  wake(): void;
  /** leave the rest of a wait out */
  skip(): void;
  /** the run before the last edit need not be shown any more */
  forget(): void;
  /** a letter presses this button, too */
  letter(button: Element, letter: string): void;
}
export interface PlayerView {
  /** returns whether it still moves on its own */
  draw(shown: number, t: number, ms: number): boolean;
  /** the playhead was moved or started or stopped */
  changed(): void;
  /** whether motion is to be reduced */
  still?(): boolean;
}
