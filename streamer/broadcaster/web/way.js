// @ts-check

/**
 * One box on its way to where a description wants it: the same curve as the worker's (streamer/worker/motion.py), so
 * that the plan lies on the picture.
 */
export class Way {
  static COAST = 0.7; // of the mean speed is left at the end
  static REST = 0.5; // seconds in which that dies away

  /** @param {number[]} start @param {number[]} speed @param {number[]} end @param {number} duration seconds */
  constructor(start, speed, end, duration) {
    this.start = start;
    this.end = end;
    this.duration = duration;
    this.endSpeed = end.map((x, i) => (Way.COAST * (x - start[i])) / duration);
    this.startSpeed = speed.map((v, i) => {
      const bound = (1.5 * Math.abs(end[i] - start[i]) + 0.15) / duration;
      return Math.max(-bound, Math.min(bound, v));
    });
  }

  /** Box and speed. @param {number} phase seconds since the description began */
  at(phase) {
    const { start, end, startSpeed, endSpeed, duration } = this;
    if (phase >= duration) {
      const left = Math.exp((duration - phase) / Way.REST);
      return { box: end.map((x, i) => x + endSpeed[i] * Way.REST * (1 - left)), speed: endSpeed.map((v) => v * left) };
    }
    const u = phase / duration;
    const part = u * u * (3 - 2 * u);
    const [first, last] = [u * (1 - u) * (1 - u) * duration, -u * u * (1 - u) * duration];
    const [way, early, late] = [(6 * u * (1 - u)) / duration, (1 - u) * (1 - 3 * u), u * (3 * u - 2)];
    return {
      box: start.map((x, i) => x + (end[i] - x) * part + first * startSpeed[i] + last * endSpeed[i]),
      speed: start.map((x, i) => way * (end[i] - x) + early * startSpeed[i] + late * endSpeed[i]),
    };
  }
}
