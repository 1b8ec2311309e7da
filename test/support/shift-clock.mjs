// Loaded before a program: its clock jumps an hour ahead, later an hour back and then runs on, as when somebody sets it. What measures durations stays as it is.
const RealDate = globalThis.Date;
const start = performance.now();
const every = Number(process.env.TEST_CLOCK_JUMPS_MS);
const offsets = [0, 3_600_000, -3_600_000, 0];

function now() {
  return RealDate.now() + offsets[Math.floor((performance.now() - start) / every) % offsets.length];
}

globalThis.Date = class Date extends RealDate {
  constructor(...args) {
    if (args.length === 0) super(now());
    else super(...args);
  }

  static now() {
    return now();
  }
};
