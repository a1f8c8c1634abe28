// Elements from templates: html`<p class="note">${text}</p>`. A text stays a text: nothing that a peer sends becomes markup.
export {
  html, render, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState,
} from "../../lib/preact-htm/preact-htm.js";
