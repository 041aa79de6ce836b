/** An element with attributes, properties (on…, hidden) and children. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on') || name === 'hidden' || name === 'className') element[name] = value;
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

/** An SVG element. */
export function shape(tag, attributes = {}, text = '') {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  if (text) element.textContent = text;
  return element;
}

export const byId = (id) => document.getElementById(id);

/** Sets a text where it is another one: what has not changed is not laid out again, nor said again by a screen reader. */
export function tell(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** A number as a person reads it. */
export function say(value, digits = 4) {
  if (value === null || value === undefined) return '–';
  if (typeof value !== 'number' || !Number.isFinite(value)) return String(value);
  if (Number.isInteger(value)) return value.toLocaleString('en');
  const size = Math.abs(value);
  return size >= 1000 ? Math.round(value).toLocaleString('en') : size >= 0.001 ? value.toFixed(digits) : value.toExponential(2);
}

const onScreen = new Set();
const watcher = new IntersectionObserver((entries) => entries.forEach((entry) => entry.isIntersecting ? onScreen.add(entry.target) : onScreen.delete(entry.target)), { rootMargin: '100px' });

/** Has it known from now on whether a part of the page is on the screen. */
export const watchFor = (element) => watcher.observe(element);

/** Whether a part of the page is looked at: what nobody sees is not drawn, and no worker is asked for it. */
export const isSeen = (element) => document.visibilityState === 'visible' && onScreen.has(element);
