// Lets the pages of /swagger use the browser's session: adds its CSRF token to every request that is no reading.
const plain = window.fetch.bind(window);
let token;

async function csrfToken() {
  token ??= plain("/api/v1/session").then(response => response.json()).then(session => session.csrfToken);
  return token;
}

window.fetch = async (input, init) => {
  const request = new Request(input, init);
  if (new URL(request.url).origin === location.origin && !["GET", "HEAD", "OPTIONS"].includes(request.method)) {
    const csrf = await csrfToken();
    if (csrf) request.headers.set("X-CSRF-Token", csrf);
  }
  return plain(request);
};
