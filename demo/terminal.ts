import { styleText } from 'node:util';

/*
 * What a person sees. On a terminal the step at work has a live line that is written over; into a file or a pipe only
 * finished lines go. NO_COLOR and a dumb terminal are heeded.
 */

const { env, stdout } = process;
const live = stdout.isTTY === true && env.TERM !== 'dumb';
const colours = live && !env.NO_COLOR;

const paint = (format: Parameters<typeof styleText>[0]) => (text: string) =>
  colours ? styleText(format, text, { validateStream: false }) : text;

export const bold = paint('bold');
export const dim = paint('dim');
export const red = paint('red');
export const green = paint('green');
export const yellow = paint('yellow');
export const cyan = paint('cyan');

const FRAMES = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];

let working = '';
let frame = 0;
let spin: NodeJS.Timeout | undefined;

function draw(): void {
  const width = Math.max(20, (stdout.columns ?? 80) - 6);
  stdout.write(`\r\x1b[2K  ${cyan(FRAMES[frame++ % FRAMES.length]!)} ${working.slice(0, width)}`);
}

/** What is being done just now; the next line takes its place. */
export function doing(text: string): void {
  if (!live) return;
  working = text;
  if (!spin) {
    stdout.write('\x1b[?25l');
    spin = setInterval(draw, 90);
    spin.unref();
  }
  draw();
}

/** Takes the live line away, and shows the cursor again. */
export function quiet(): void {
  if (!spin) return;
  clearInterval(spin);
  spin = undefined;
  stdout.write('\r\x1b[2K\x1b[?25h');
}

export function line(text = ''): void {
  quiet();
  stdout.write(`${text}\n`);
}

let step = 0;

export function heading(title: string): void {
  line();
  line(bold(`${++step}  ${title}`));
}

/** Something that is finished. */
export const done = (text: string): void => line(`   ${green('✓')} ${text}`);
/** Something worth reading, wrapped to the terminal. What follows a `mark` is indented to it. */
export function say(text: string, mark = ''): void {
  for (const [i, part] of wrap(text).entries())
    line(`   ${i === 0 ? cyan(mark) : ' '.repeat(mark.length)}${part}`);
}

export function aside(text: string): void {
  for (const part of wrap(text)) line(`   ${dim(part)}`);
}

function wrap(text: string): string[] {
  const width = Math.min(stdout.columns ?? 100, 100) - 6;
  const lines = [''];
  for (const word of text.split(' ')) {
    if (lines.at(-1)!.length + word.length > width && lines.at(-1) !== '') lines.push('');
    lines.push(`${lines.pop()}${word} `);
  }
  return lines.map((part) => part.trimEnd());
}

/** A bar of so many cells out of `width`; something is never nothing. */
export function bar(share: number, width: number): string {
  const eighths = Math.round(share * width * 8);
  if (eighths <= 0) return share > 0 ? '▏' : '';
  return '█'.repeat(Math.floor(eighths / 8)) + ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'][eighths % 8];
}
