// What the page asks its server. The link's token goes with every request; nothing is asked of anybody else.
const token = new URLSearchParams(location.search).get('token') ?? '';

/** The JSON at a path, or null where there is none just now. */
export async function get(path) {
  try {
    const answer = await fetch(url(path), { cache: 'no-store' });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;   // nobody answers, or ended while he did
  }
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

/** Calls back with what happened, as it happens, and with whether the server is there and listens. A hidden page does not listen. */
export function listen(news, connected) {
  let source = null, again = 0;
  const close = () => {
    clearTimeout(again);
    source?.close();
    source = null;
  };
  const follow = () => {
    if (document.visibilityState !== 'visible') close();
    else if (!source) {
      const opened = source = new EventSource(url('api/events'));
      opened.onmessage = (event) => news(JSON.parse(event.data));
      opened.onopen = () => connected(true, false);
      opened.onerror = async () => {
        // A browser asks again by itself where a connection broke, but not where it was refused.
        if (opened.readyState !== EventSource.CLOSED) return connected(false, false);
        close();
        const isThere = await get('api/run') !== null;
        if (source) return;
        connected(false, isThere);
        again = setTimeout(follow, 3000);
      };
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
