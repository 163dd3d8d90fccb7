// The scale of the timeline: from moments to places, and back. Stretches in which nothing
// begins or ends are folded, so that a wait of a day leaves room for the rest.

// Scale is made of the moments, in order, between which it is linear; places are from 0 to 100.
export class Scale {
  constructor(moments) {
    this.moments = moments;
    const gaps = moments.slice(1).map((t, i) => t - moments[i]).filter((g) => g > 0);
    const middle = gaps.sort((a, b) => a - b)[gaps.length >> 1] ?? 1;
    const most = Math.max(50, middle * 8);
    const at = [0];
    this.folds = []; // {at, gap}: the middle of a stretch that was folded, and how long it is
    const folded = [];
    for (let i = 1; i < moments.length; i++) {
      const gap = moments[i] - moments[i - 1];
      at.push(at[i - 1] + (gap <= most ? gap : most * (1 + Math.log10(gap / most))));
      if (gap > most * 4) folded.push([i, gap]);
    }
    const whole = at.at(-1) || 1;
    this.at = at.map((x) => x / whole * 100);
    this.folds = folded.map(([i, gap]) => ({at: (this.at[i - 1] + this.at[i]) / 2, gap}));
  }

  // place of a moment; of one outside, just outside.
  place(t) { return between(this.moments, this.at, t, [-1, 101]); }

  // moment of a place.
  moment(place) { return between(this.at, this.moments, place, [this.moments[0], this.moments.at(-1)]); }
}

// between gives what stands in one list where a value stands in the other one, which is in order.
function between(of, to, value, [below, above]) {
  const last = of.length - 1;
  if (value < of[0]) return below;
  if (value > of[last]) return above;
  let low = 0, high = last;
  while (high - low > 1) {
    const mid = (low + high) >> 1;
    if (of[mid] <= value) low = mid; else high = mid;
  }
  if (value === of[high]) return to[high];
  const gap = of[high] - of[low];
  return gap > 0 ? to[low] + (to[high] - to[low]) * (value - of[low]) / gap : to[low];
}

const second = 1000, minute = 60 * second, hour = 60 * minute, day = 24 * hour;
const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, second, 2 * second, 5 * second, 10 * second, 15 * second, 30 * second,
  minute, 2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute, hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour, day, 2 * day, 7 * day, 14 * day, 28 * day, 56 * day, 112 * day, 365 * day];

// ticks gives round moments that stand apart, each with the step that is round there: in a
// stretch that is folded steps are wider. They count from an origin.
export function ticks(scale, origin, apart) {
  const found = [];
  for (let place = 0; place < 100;) {
    const t = scale.moment(place), span = scale.moment(Math.min(100, place + apart)) - t;
    const step = steps.find((s) => s >= span * 0.7) ?? steps.at(-1);
    const next = origin + Math.ceil((t - origin) / step) * step, at = scale.place(next);
    if (at > 100) break;
    if (at < place) { place += apart / 4; continue; }
    if (!found.length || at - found.at(-1).at >= apart * 0.8) found.push({at, t: next, step});
    place = at + apart;
  }
  return found;
}
