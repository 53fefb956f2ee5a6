// Fails where the built app weighs more than the budget that README.md states: its files as they are sent.
import { readdirSync, readFileSync, statSync } from 'node:fs';

const KIBIBYTE = 1024;
const FIRST_PAINT_AT_MOST = 340 * KIBIBYTE;
const WHOLE_AT_MOST = 620 * KIBIBYTE;

const weigh = (path) => statSync(`${path}.gz`).size;
const inKibibytes = (bytes) => `${(bytes / KIBIBYTE).toFixed(1)} KiB`;

const page = readFileSync('dist/index.html', 'utf8');
const assets = readdirSync('dist/assets').filter((name) => /\.(js|css)$/.test(name));
const sizes = new Map(assets.map((name) => [name, weigh(`dist/assets/${name}`)]));
const sum = (names) => names.reduce((total, name) => total + sizes.get(name), 0);

const first = sum(assets.filter((name) => page.includes(name)));
const whole = sum(assets);
console.log(`first paint ${inKibibytes(first)} of ${inKibibytes(FIRST_PAINT_AT_MOST)}`);
console.log(`whole app   ${inKibibytes(whole)} of ${inKibibytes(WHOLE_AT_MOST)}`);
if (first > FIRST_PAINT_AT_MOST || whole > WHOLE_AT_MOST) {
  for (const [name, size] of [...sizes].sort((a, b) => b[1] - a[1]).slice(0, 12)) {
    console.error(`  ${inKibibytes(size).padStart(10)}  ${name}`);
  }
  console.error('the bundle is over its budget');
  process.exit(1);
}
