/** An element with attributes, properties (on…, hidden, disabled) and children. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on') || name === 'hidden' || name === 'disabled' || name === 'className') element[name] = value;
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

/** A number as a person reads it. */
export function say(value, digits = 4) {
  if (value === null || value === undefined) return '–';
  if (typeof value !== 'number' || !Number.isFinite(value)) return String(value);
  if (Number.isInteger(value)) return value.toLocaleString('en');
  const size = Math.abs(value);
  return size >= 1000 ? Math.round(value).toLocaleString('en') : size >= 0.001 ? value.toFixed(digits) : value.toExponential(2);
}

/** Whether the page is looked at: nothing is asked of workers for a hidden one. */
export const isSeen = () => document.visibilityState === 'visible';
