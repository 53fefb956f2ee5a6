import { begin, placesOf, STEPS, STEPS_OF_A_DRAFT, type Placed, type Unplaced } from './layout';

// Between so many steps a newer order is looked for, which takes the place of this one.
const STEPS_AT_A_TIME = 30;

let latest = 0;

/** Lays graphs out beside the page, so that it stays free to scroll and type in. */
self.addEventListener('message', ({ data }: MessageEvent<Unplaced & { turn: number }>) => {
  latest = data.turn;
  const layout = begin(data);
  layout.tick(STEPS_OF_A_DRAFT);
  say({ turn: data.turn, places: placesOf(layout), settled: false });
  let steps = STEPS_OF_A_DRAFT;
  const go = () => {
    if (latest !== data.turn) {
      return;
    }
    layout.tick(STEPS_AT_A_TIME);
    steps += STEPS_AT_A_TIME;
    if (steps < STEPS) {
      setTimeout(go);
    } else {
      say({ turn: data.turn, places: placesOf(layout), settled: true });
    }
  };
  setTimeout(go);
});

function say(placed: Placed): void {
  self.postMessage(placed, { transfer: [placed.places.buffer] });
}
