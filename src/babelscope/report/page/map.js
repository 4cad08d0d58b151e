"use strict";
(function () {
  const holder = document.getElementById("map-data");
  if (!holder) return;
  const data = JSON.parse(holder.textContent);
  const packed = atob(document.getElementById("map-bytes").textContent.trim());
  const levels = Uint8Array.from(packed, (character) => character.charCodeAt(0));
  const palette = Uint8Array.from(atob(data.colours), (character) => character.charCodeAt(0));
  const n = data.n, count = data.languages.length, side = n * count;
  const find = (id) => document.getElementById(id);
  const map = find("map"), canvas = find("map-canvas"), stage = canvas.parentElement;
  const cursor = stage.querySelector(".map-cursor"), readout = find("map-readout");
  const controls = {
    rowLanguage: find("map-row-language"), rowSentence: find("map-row-sentence"),
    columnLanguage: find("map-column-language"), columnSentence: find("map-column-sentence"),
    range: find("map-range"), zoom: find("map-zoom"), picture: find("map-picture"),
  };
  const step = (data.ceiling - data.floor) / 255;
  const state = { zoom: null, row: 0, column: count > 1 ? n : 0, open: [false, false] };

  const level = (row, column) =>
    row >= column ? levels[row * (row + 1) / 2 + column] : levels[column * (column + 1) / 2 + row];
  const cosine = (row, column) => data.floor + step * level(row, column);
  const said = (value, digits) =>
    (Number(value.toFixed(digits)) === 0 ? 0 : value).toFixed(digits).replace("-", "\u2212");

  function colourTable() {
    const full = controls.range.value === "full";
    const low = full ? data.floor : data.low, high = full ? data.ceiling : data.high;
    const ends = map.querySelectorAll(".map-scale span");
    ends[0].textContent = (full ? "" : "\u2264 ") + said(low, 2);
    ends[1].textContent = (full ? "" : "\u2265 ") + said(high, 2);
    const table = new Uint8ClampedArray(256 * 3);
    for (let i = 0; i < 256; i++) {
      const share = (data.floor + step * i - low) / (high - low);
      const place = Math.max(0, Math.min(255, Math.round(share * 255)));
      table.set(palette.subarray(3 * place, 3 * place + 3), 3 * i);
    }
    return table;
  }

  function view() {
    return state.zoom
      ? { top: state.zoom[0] * n, left: state.zoom[1] * n, cells: n }
      : { top: 0, left: 0, cells: side };
  }

  function draw() {
    const pixels = Math.max(64, Math.min(1800, Math.round(stage.clientWidth * (window.devicePixelRatio || 1))));
    const seen = view(), table = colourTable();
    canvas.width = canvas.height = pixels;
    const context = canvas.getContext("2d");
    const image = context.createImageData(pixels, pixels);
    const out = image.data;
    const place = new Float64Array(pixels), cell = new Int32Array(pixels);
    for (let p = 0; p < pixels; p++) {
      place[p] = (p + 0.5) / pixels * seen.cells;
      cell[p] = Math.min(seen.cells - 1, Math.floor(place[p]));
    }
    // A translation diagonal thinner than a pixel would vanish: it is drawn at least two CSS pixels wide.
    const reach = Math.max(0.5, seen.cells / stage.clientWidth);
    let at = 0;
    for (let y = 0; y < pixels; y++) {
      const row = seen.top + cell[y], rowBlock = Math.floor(row / n);
      const rowWithin = seen.top + place[y] - rowBlock * n;
      for (let x = 0; x < pixels; x++) {
        const column = seen.left + cell[x], columnBlock = Math.floor(column / n);
        let value;
        const columnWithin = seen.left + place[x] - columnBlock * n;
        if (rowBlock !== columnBlock && reach > 0.5 && Math.abs(rowWithin - columnWithin) <= reach) {
          const own = Math.min(n - 1, Math.floor((rowWithin + columnWithin) / 2));
          value = level(rowBlock * n + own, columnBlock * n + own);
        } else value = level(row, column);
        out[at] = table[3 * value];
        out[at + 1] = table[3 * value + 1];
        out[at + 2] = table[3 * value + 2];
        out[at + 3] = 255;
        at += 4;
      }
    }
    context.putImageData(image, 0, 0);
    if (!state.zoom) {
      context.fillStyle = "#ffffff";
      const width = Math.max(1, Math.round(pixels / 640));
      for (let edge = 1; edge < count; edge++) {
        const from = Math.round(edge / count * pixels - width / 2);
        context.fillRect(from, 0, width, pixels);
        context.fillRect(0, from, pixels, width);
      }
    }
    labels();
    point();
  }

  function label(language) {
    const span = document.createElement("span");
    for (const [kind, text] of [["long", language.name], ["short", language.code]]) {
      const part = document.createElement("span");
      part.className = kind;
      part.textContent = text;
      span.append(part);
    }
    span.title = language.name;
    return span;
  }

  function labels() {
    const rows = state.zoom ? [data.languages[state.zoom[0]]] : data.languages;
    const columns = state.zoom ? [data.languages[state.zoom[1]]] : data.languages;
    const down = map.querySelector(".map-rows"), across = map.querySelector(".map-columns");
    down.replaceChildren(...rows.map(label));
    across.replaceChildren(...columns.map(label));
    const ruler = document.createElement("canvas").getContext("2d");
    ruler.font = `${getComputedStyle(across).fontSize} ${getComputedStyle(across).fontFamily}`;
    const longest = Math.max(...data.languages.map((language) => ruler.measureText(language.name).width));
    across.classList.toggle("narrow", stage.clientWidth / columns.length < longest + 4);
    across.classList.toggle("upright", stage.clientWidth / columns.length < 20);
    down.classList.toggle("narrow", map.clientWidth < 480 || stage.clientHeight / rows.length < 16);
    controls.zoom.textContent = state.zoom ? "Back to the whole map" : "Zoom to this pair";
  }

  function point() {
    const seen = view();
    const share = (index, from) => (index - from + 0.5) / seen.cells * 100;
    const x = share(state.column, seen.left), y = share(state.row, seen.top);
    cursor.hidden = x < 0 || x > 100 || y < 0 || y > 100;
    const size = Math.max(9, stage.clientWidth / seen.cells + 3);
    cursor.style.cssText = `left:${x}%;top:${y}%;width:${size}px;height:${size}px`;
  }

  function relation(row, column) {
    if (row === column) return "the sentence with itself";
    const same = Math.floor(row / n) === Math.floor(column / n);
    if (same) return "one language, different meaning";
    return row % n === column % n ? "translations" : "two languages, different meaning";
  }

  function cut(text, longest) {
    const parts = typeof Intl !== "undefined" && Intl.Segmenter
      ? Array.from(new Intl.Segmenter().segment(text), (part) => part.segment) : Array.from(text);
    return parts.length <= longest ? null : parts.slice(0, longest).join("") + "\u2026";
  }

  function card(place, index) {
    const box = readout.querySelectorAll(".map-card")[place];
    const language = data.languages[Math.floor(index / n)], sentence = index % n;
    const [who, text] = box.querySelectorAll("p"), button = box.querySelector("button");
    who.textContent = `${language.name} \u00b7 sentence ${sentence + 1} \u00b7 id `;
    const key = document.createElement("bdi");
    key.textContent = data.ids[sentence];
    who.append(key);
    box.style.borderColor = `var(--c${language.hue})`;
    text.replaceChildren();
    button.hidden = true;
    if (!data.text) return;
    const whole = data.text[Math.floor(index / n)][sentence], short = cut(whole, 240);
    const bidi = document.createElement("bdi");
    bidi.dir = "auto";
    bidi.lang = language.code;
    bidi.textContent = short && !state.open[place] ? short : whole;
    text.dir = language.dir;
    text.append(bidi);
    button.hidden = !short;
    button.textContent = state.open[place] ? "shorten" : "full text";
  }

  function show(row, column) {
    const value = cosine(row, column);
    readout.querySelector(".map-cosine b").textContent = said(value, 3);
    readout.querySelector(".map-cosine span").textContent =
      ` \u00b1 ${said(Math.max(0.001, step / 2), 3)} cosine \u00b7 ${relation(row, column)}`;
    card(0, row);
    card(1, column);
  }

  function settle(row, column) {
    state.row = Math.max(0, Math.min(side - 1, row));
    state.column = Math.max(0, Math.min(side - 1, column));
    state.open = [false, false];
    const rowBlock = Math.floor(state.row / n), columnBlock = Math.floor(state.column / n);
    if (state.zoom && (state.zoom[0] !== rowBlock || state.zoom[1] !== columnBlock)) {
      state.zoom = [rowBlock, columnBlock];
      draw();
    }
    controls.rowLanguage.value = String(rowBlock);
    controls.columnLanguage.value = String(columnBlock);
    controls.rowSentence.value = String(state.row % n + 1);
    controls.columnSentence.value = String(state.column % n + 1);
    point();
    show(state.row, state.column);
  }

  function zoomTo(blocks) {
    state.zoom = blocks;
    draw();
  }

  function under(event) {
    const box = canvas.getBoundingClientRect(), seen = view();
    const cellAt = (offset, length) => Math.max(0, Math.min(seen.cells - 1, Math.floor(offset / length * seen.cells)));
    const row = seen.top + cellAt(event.clientY - box.top, box.height);
    const column = seen.left + cellAt(event.clientX - box.left, box.width);
    return [row, column];
  }

  canvas.addEventListener("pointermove", (event) => show(...under(event)));
  canvas.addEventListener("pointerleave", () => show(state.row, state.column));
  canvas.addEventListener("click", (event) => {
    const [row, column] = under(event);
    if (!state.zoom) zoomTo([Math.floor(row / n), Math.floor(column / n)]);
    settle(row, column);
  });
  canvas.addEventListener("keydown", (event) => {
    const far = event.shiftKey ? n : 1;
    const moves = { ArrowUp: [-far, 0], ArrowDown: [far, 0], ArrowLeft: [0, -far], ArrowRight: [0, far] };
    const blocks = [Math.floor(state.row / n), Math.floor(state.column / n)];
    const inside = (index, by) => (index + by < 0 || index + by >= side ? index : index + by);
    if (moves[event.key]) settle(inside(state.row, moves[event.key][0]), inside(state.column, moves[event.key][1]));
    else if (event.key === "Enter" && !state.zoom) zoomTo(blocks);
    else if (event.key === "Escape" && state.zoom) zoomTo(null);
    else if (event.key === "t" || event.key === "T") settle(state.row, blocks[1] * n + state.row % n);
    else return;
    event.preventDefault();
  });
  for (const name of ["rowLanguage", "columnLanguage"]) {
    data.languages.forEach((language, i) => controls[name].add(new Option(language.name, String(i))));
    controls[name].addEventListener("change", fromControls);
  }
  for (const name of ["rowSentence", "columnSentence"]) {
    controls[name].max = String(n);
    controls[name].addEventListener("change", fromControls);
  }
  function fromControls() {
    const index = (language, sentence) =>
      Number(language.value) * n + Math.max(0, Math.min(n - 1, Math.round(Number(sentence.value) || 1) - 1));
    settle(index(controls.rowLanguage, controls.rowSentence), index(controls.columnLanguage, controls.columnSentence));
  }
  controls.range.addEventListener("change", draw);
  controls.zoom.addEventListener("click", () =>
    zoomTo(state.zoom ? null : [Math.floor(state.row / n), Math.floor(state.column / n)]));
  controls.picture.addEventListener("click", () => { controls.picture.href = canvas.toDataURL("image/png"); });
  readout.querySelectorAll(".map-card button").forEach((button, place) => button.addEventListener("click", () => {
    state.open[place] = !state.open[place];
    show(state.row, state.column);
  }));

  map.hidden = false;
  let width = 0;
  new ResizeObserver(() => {
    if (stage.clientWidth !== width) { width = stage.clientWidth; draw(); }
  }).observe(stage);
  settle(state.row, state.column);
})();
