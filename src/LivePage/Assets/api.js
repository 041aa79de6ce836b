// What the page asks its server. The link's token goes with every request; nothing is asked of anybody else.
const token = new URLSearchParams(location.search).get('token') ?? '';

/** The JSON at a path, or null where there is none just now. */
export async function get(path) {
  const answer = await fetch(url(path), { cache: 'no-store' }).catch(() => null);
  return answer?.ok ? answer.json() : null;
}

/** As get, with the token where a GET carries it. */
export function url(path) {
  return token ? `${path}${path.includes('?') ? '&' : '?'}token=${encodeURIComponent(token)}` : path;
}

/** Presses a button. @returns {Promise<{problem: string|null, answer: any}>} One line where it was refused. */
export async function post(path, body, type = 'application/json') {
  try {
    const answer = await fetch(path, { method: 'POST', headers: { 'X-Token': token, 'Content-Type': type }, body: type === 'application/json' ? JSON.stringify(body ?? {}) : body });
    if (!answer.ok) return { problem: (await answer.text()).trim() || `refused (${answer.status})`, answer: null };
    return { problem: null, answer: answer.status === 204 ? null : await answer.json() };
  } catch {
    return { problem: 'nobody answers: whoever served this page has ended', answer: null };
  }
}

/** Calls back with what happened, as it happens, and with whether the server is there. A hidden page does not listen. */
export function listen(news, connected) {
  let source = null;
  const follow = () => {
    if (document.visibilityState !== 'visible') {
      source?.close();
      source = null;
    } else if (!source) {
      source = new EventSource(url('api/events'));
      source.onmessage = (event) => news(JSON.parse(event.data));
      source.onopen = () => connected(true);
      source.onerror = () => connected(false);
    }
  };
  document.addEventListener('visibilitychange', follow);
  follow();
}

/** float32s of base64. */
export function floats(text) {
  return new Float32Array(bytes(text).buffer);
}

/** Bytes of base64. */
export function bytes(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
