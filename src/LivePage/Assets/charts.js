// Charts of our own: a curve with marks, and a histogram. Values under the pointer or the arrow keys; a table behind each.
import { make, say, shape, tell } from './dom.js';

const width = 460, height = 200, left = 52, right = 10, top = 12, bottom = 24;

/** Round numbers between two. */
export function ticks(low, high, count = 4) {
  const raw = (high - low || 1) / count;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= raw);
  const found = [];
  for (let value = Math.ceil(low / step) * step; value <= high + step * 1e-9; value += step) found.push(Math.abs(value) < step * 1e-9 ? 0 : value);
  return found;
}

/** Each value as the mean of so many on either side of it, fewer at the ends. */
export function meansAround(points, reach) {
  const sums = [0];
  for (const [, value] of points) sums.push(sums.at(-1) + value);
  return points.map(([step], index) => {
    const near = Math.min(reach, index, points.length - 1 - index), first = index - near, end = index + near + 1;
    return [step, (sums[end] - sums[first]) / (end - first)];
  });
}

/** A chart of a series over steps, with marks of another (what was measured once an epoch). */
export class Curve {
  constructor(title, { marks = null, digits = 4, fromZero = false, percent = false } = {}) {
    Object.assign(this, { title, marks, digits, fromZero, percent, points: [], marked: [] });
    this.svg = shape('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', tabindex: '0' });
    this.body = make('tbody');
    this.caption = make('caption');
    this.element = make('figure', { class: 'chart' }, make('figcaption', {}, title), this.svg,
      make('details', {}, make('summary', {}, 'as a table'), make('table', {}, this.caption, make('thead', {}, make('tr', {}, make('th', {}, 'step'), make('th', {}, title))), this.body)));
    this.element.querySelector('details').addEventListener('toggle', () => this.fillTable());
    this.svg.addEventListener('pointermove', (event) => this.point(event));
    this.svg.addEventListener('pointerleave', () => { this.at = null; this.cross(); });
    this.svg.addEventListener('keydown', (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!by || !this.points.length) return;
      event.preventDefault();
      this.at = Math.max(0, Math.min(this.points.length - 1, (this.at ?? this.points.length - 1) + by));
      this.cross();
    });
  }

  say(value) { return this.percent ? `${(value * 100).toFixed(1)} %` : say(value, this.digits); }

  /** @param points [step, value] in order; @param marked as well */
  draw(points, marked = []) {
    const read = this.points[this.at]?.[0];   // stays what it is, whatever its place is then
    this.points = points.filter(([, value]) => value !== null);
    if (read !== undefined) this.at = this.nearest((step) => Math.abs(step - read));
    this.marked = marked.filter(([, value]) => value !== null && Number.isFinite(value));
    const all = [...this.points, ...this.marked];
    this.svg.replaceChildren();
    if (!all.length) {
      this.svg.append(shape('text', { x: left, y: height / 2 }, 'nothing yet'));
      return;
    }
    const steps = all.map(([step]) => step), values = all.map(([, value]) => value);
    let low = this.fromZero ? 0 : Math.min(...values), high = Math.max(...values);
    if (high - low < 1e-12) { low -= 0.5; high += 0.5; }
    const first = Math.min(...steps), last = Math.max(...steps, first + 1);
    this.x = (step) => left + (step - first) / (last - first) * (width - left - right);
    this.y = (value) => height - bottom - (value - low) / (high - low) * (height - top - bottom);
    for (const value of ticks(low, high)) {
      this.svg.append(shape('line', { class: 'axis', x1: left, x2: width - right, y1: this.y(value), y2: this.y(value) }),
        shape('text', { x: left - 6, y: this.y(value) + 4, 'text-anchor': 'end' }, this.percent ? `${Math.round(value * 1000) / 10} %` : Math.abs(value) >= 1000 ? `${+(value / 1000).toPrecision(3)}k` : String(+value.toPrecision(3))));
    }
    for (const step of ticks(first, last, 5)) this.svg.append(shape('text', { x: this.x(step), y: height - 8, 'text-anchor': 'middle' }, step.toLocaleString('en')));
    this.svg.append(shape('text', { x: left - 6, y: height - 8, 'text-anchor': 'end' }, 'step'));
    const line = (points, kind) => this.svg.append(shape('polyline', { class: kind, points: points.map(([step, value]) => `${this.x(step).toFixed(1)},${this.y(value).toFixed(1)}`).join(' ') }));
    // A step's own value jumps with its samples: the eye gets the mean of those around it, pointer and table the values.
    const isLong = this.points.length > 40;
    if (isLong) line(this.points, 'raw');
    line(isLong ? meansAround(this.points, Math.ceil(this.points.length / 60)) : this.points, 'curve');
    for (const [step, value] of this.marked) this.svg.append(shape('circle', { class: 'mark', cx: this.x(step), cy: this.y(value), r: 4 }));
    const newest = this.points.at(-1) ?? this.marked.at(-1);
    this.svg.setAttribute('aria-label', `${this.title}: ${this.say(newest[1])} at step ${newest[0]}${this.marked.length ? `; ${this.marks} ${this.say(this.marked.at(-1)[1])}` : ''}. Arrow keys read values.`);
    this.cross();
  }

  point(event) {
    if (!this.points.length || !this.x) return;
    const box = this.svg.getBoundingClientRect();
    const at = (event.clientX - box.left) / box.width * width;
    this.at = this.nearest((step) => Math.abs(this.x(step) - at));
    this.cross();
  }

  nearest(distance) {
    let best = 0;
    this.points.forEach(([step], index) => { if (distance(step) < distance(this.points[best][0])) best = index; });
    return best;
  }

  cross() {
    this.svg.querySelectorAll('.cross,.says').forEach((old) => old.remove());
    if (this.at === null || this.at === undefined || !this.points[this.at]) return;
    const [step, value] = this.points[this.at];
    const x = this.x(step);
    this.svg.append(shape('line', { class: 'cross', x1: x, x2: x, y1: top, y2: height - bottom }),
      shape('text', { class: 'says', x: x > width / 2 ? x - 6 : x + 6, y: top + 10, 'text-anchor': x > width / 2 ? 'end' : 'start' }, `step ${step.toLocaleString('en')}: ${this.say(value)}`));
  }

  /** When it is opened, and not under the eyes of who reads it. */
  fillTable() {
    if (!this.element.querySelector('details').open) return;
    tell(this.caption, this.points.length ? `up to step ${this.points.at(-1)[0].toLocaleString('en')}; opened again it is newer` : 'nothing yet');
    const few = 40, every = Math.max(1, Math.ceil(this.points.length / few));
    const rows = this.points.filter((_, index) => (this.points.length - 1 - index) % every === 0);
    this.body.replaceChildren(...rows.map(([step, value]) => make('tr', {}, make('td', {}, step.toLocaleString('en')), make('td', {}, this.say(value)))),
      ...this.marked.map(([step, value]) => make('tr', {}, make('td', {}, step.toLocaleString('en')), make('td', {}, `${this.marks}: ${this.say(value)}`))));
  }
}

/** How often what: a bar a number. */
export class Histogram {
  constructor(title, unit) {
    Object.assign(this, { title, unit });
    this.svg = shape('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img' });
    this.body = make('tbody');
    this.element = make('figure', { class: 'chart' }, make('figcaption', {}, title), this.svg,
      make('details', {}, make('summary', {}, 'as a table'), make('table', {}, make('thead', {}, make('tr', {}, make('th', {}, unit), make('th', {}, 'slots'))), this.body)));
  }

  draw(counts) {
    const total = counts.reduce((sum, count) => sum + count, 0) || 1, most = Math.max(...counts, 1);
    const wide = (width - left - right) / Math.max(counts.length, 1);
    this.svg.replaceChildren(...counts.flatMap((count, index) => {
      const tall = count / most * (height - top - bottom - 12);
      const x = left + index * wide;
      const bar = shape('rect', { class: 'bar-shape', x: x + wide * 0.1, width: wide * 0.8, y: height - bottom - tall, height: tall });
      bar.append(shape('title', {}, `${this.unit} ${index}: ${count.toLocaleString('en')} slots`));
      const parts = [bar];
      if (counts.length <= 16 || index % Math.ceil(counts.length / 12) === 0) parts.push(shape('text', { x: x + wide / 2, y: height - 8, 'text-anchor': 'middle' }, String(index)));
      if (count && counts.length <= 12) parts.push(shape('text', { x: x + wide / 2, y: height - bottom - tall - 4, 'text-anchor': 'middle' }, `${Math.round(count / total * 100)} %`));
      return parts;
    }));
    this.svg.setAttribute('aria-label', `${this.title}: ${counts.map((count, index) => `${index}: ${count}`).join(', ')}`);
    while (this.body.rows.length > counts.length) this.body.lastChild.remove();
    counts.forEach((count, index) => {
      if (index >= this.body.rows.length) this.body.append(make('tr', {}, make('td', {}, String(index)), make('td')));
      tell(this.body.rows[index].cells[1], count.toLocaleString('en'));
    });
  }
}
