// What each offer did in the last minutes, in slices of time: the ground of the sparklines.

/** How many slices are kept. */
export const SLICES = 40;
/** How long one is, in milliseconds. */
export const SLICE = 5000;

/** Served and failed attempts by slice, the newest last. */
export class Activity {
  #slices = Array.from({ length: SLICES }, () => ({ served: 0, failed: 0 }));
  #turn = 0;

  /** Count attempts that ended at `at`; those of long ago are not kept. */
  note(served, failed, at) {
    this.#turnTo(at);
    const slice = this.#slices.at(Math.floor(at / SLICE) - this.#turn - 1);
    if (!slice) return;
    slice.served += served;
    slice.failed += failed;
  }

  /** The slices up to `at`. */
  until(at) {
    this.#turnTo(at);
    return this.#slices;
  }

  /** How many attempts ended in the last minute before `at`. */
  lastMinute(at) {
    return this.until(at)
      .slice(-60000 / SLICE)
      .reduce((sum, each) => sum + each.served + each.failed, 0);
  }

  #turnTo(at) {
    const turn = Math.floor(at / SLICE);
    const passed = this.#turn ? Math.min(turn - this.#turn, SLICES) : 0;
    for (let each = 0; each < passed; each += 1) {
      this.#slices.shift();
      this.#slices.push({ served: 0, failed: 0 });
    }
    this.#turn = Math.max(turn, this.#turn);
  }
}
