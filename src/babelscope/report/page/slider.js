"use strict";
(function () {
  const holder = document.getElementById("slider-data");
  if (!holder) return;
  const data = JSON.parse(holder.textContent);
  const bytes = (text) => Uint8Array.from(atob(text.trim()), (character) => character.charCodeAt(0));
  const levels = bytes(document.getElementById("slider-bytes").textContent);
  const palette = bytes(data.colours);
  const n = data.n, count = data.languages.length, side = n * count, each = side * (side + 1) / 2;
  const find = (id) => document.getElementById(id);
  const map = find("slider-map"), canvas = find("slider-canvas"), stage = canvas.parentElement;
  const slider = find("slider"), range = find("slider-range"), readout = find("slider-readout");
  const now = map.querySelector(".slider-now"), cursor = stage.querySelector(".map-cursor");
  const step = (data.ceiling - data.floor) / 255;
  const state = { row: 0, column: count > 1 ? n : 0 };

  const chosen = () => Number(slider.value);
  function level(place, row, column) {
    const from = place * each;
    return row >= column ? levels[from + row * (row + 1) / 2 + column] : levels[from + column * (column + 1) / 2 + row];
  }
  const cosine = (place, row, column) => data.floor + step * level(place, row, column);
  const said = (value, digits) =>
    (Number(value.toFixed(digits)) === 0 ? 0 : value).toFixed(digits).replace("-", "\u2212");

  function colourTable() {
    const ends = range.value === "own" ? data.points[chosen()] : data;
    const spans = map.querySelectorAll(".map-scale span");
    spans[0].textContent = "\u2264 " + said(ends.low, 2);
    spans[1].textContent = "\u2265 " + said(ends.high, 2);
    const table = new Uint8ClampedArray(256 * 3);
    for (let i = 0; i < 256; i++) {
      const share = (data.floor + step * i - ends.low) / (ends.high - ends.low);
      const place = Math.max(0, Math.min(255, Math.round(share * 255)));
      table.set(palette.subarray(3 * place, 3 * place + 3), 3 * i);
    }
    return table;
  }

  function draw() {
    const pixels = Math.max(64, Math.min(1400, Math.round(stage.clientWidth * (window.devicePixelRatio || 1))));
    const table = colourTable(), at = chosen();
    canvas.width = canvas.height = pixels;
    const context = canvas.getContext("2d"), image = context.createImageData(pixels, pixels), out = image.data;
    const cell = new Int32Array(pixels), block = new Int32Array(pixels), within = new Float64Array(pixels);
    for (let p = 0; p < pixels; p++) {
      const place = (p + 0.5) / pixels * side;
      cell[p] = Math.min(side - 1, Math.floor(place));
      block[p] = Math.floor(cell[p] / n);
      within[p] = place - block[p] * n;
    }
    // A translation diagonal thinner than a pixel would vanish: it is drawn at least two CSS pixels wide.
    const reach = Math.max(0.5, side / stage.clientWidth);
    let index = 0;
    for (let y = 0; y < pixels; y++) {
      for (let x = 0; x < pixels; x++) {
        let value;
        if (reach > 0.5 && block[x] !== block[y] && Math.abs(within[y] - within[x]) <= reach) {
          const own = Math.min(n - 1, Math.floor((within[y] + within[x]) / 2));
          value = level(at, block[y] * n + own, block[x] * n + own);
        } else value = level(at, cell[y], cell[x]);
        out[index] = table[3 * value];
        out[index + 1] = table[3 * value + 1];
        out[index + 2] = table[3 * value + 2];
        out[index + 3] = 255;
        index += 4;
      }
    }
    context.putImageData(image, 0, 0);
    context.fillStyle = "#ffffff";
    const width = Math.max(1, Math.round(pixels / 640));
    for (let edge = 1; edge < count; edge++) {
      const from = Math.round(edge / count * pixels - width / 2);
      context.fillRect(from, 0, width, pixels);
      context.fillRect(0, from, pixels, width);
    }
    point();
  }

  function labels() {
    const down = map.querySelector(".map-rows"), across = map.querySelector(".map-columns");
    for (const box of [down, across]) {
      box.replaceChildren(...data.languages.map((language) => {
        const span = document.createElement("span");
        span.textContent = language.code;
        span.title = language.name;
        return span;
      }));
    }
    down.classList.toggle("crowded", stage.clientHeight / count < 11);
    across.classList.toggle("crowded", stage.clientWidth / count < 16);
  }

  function point() {
    const size = Math.max(9, stage.clientWidth / side + 3);
    const share = (index) => (index + 0.5) / side * 100;
    cursor.style.cssText = `left:${share(state.column)}%;top:${share(state.row)}%;width:${size}px;height:${size}px`;
  }

  function relation(row, column) {
    if (row === column) return "the sentence with itself";
    if (Math.floor(row / n) === Math.floor(column / n)) return "one language, different meaning";
    return row % n === column % n ? "translations" : "two languages, different meaning";
  }

  function card(box, index) {
    const language = data.languages[Math.floor(index / n)], sentence = index % n;
    const [who, text] = box.querySelectorAll("p");
    who.textContent = `${language.name} \u00b7 id `;
    const key = document.createElement("bdi");
    key.textContent = data.ids[sentence];
    who.append(key);
    box.style.borderColor = `var(--c${language.hue})`;
    text.replaceChildren();
    if (!data.text) return;
    const bidi = document.createElement("bdi");
    bidi.dir = "auto";
    bidi.lang = language.code;
    bidi.textContent = data.text[Math.floor(index / n)][sentence];
    text.dir = language.dir;
    text.append(bidi);
  }

  function show(row, column) {
    readout.querySelector(".map-cosine b").textContent = said(cosine(chosen(), row, column), 3);
    readout.querySelector(".map-cosine span").textContent =
      ` cosine at ${data.points[chosen()].name} \u00b7 ${relation(row, column)}`;
    const cards = readout.querySelectorAll(".map-card");
    card(cards[0], row);
    card(cards[1], column);
    const last = data.points.length - 1;
    readout.querySelector(".slider-path").textContent = last
      ? `This pair: ${said(cosine(0, row, column), 2)} at ${data.points[0].name}, `
        + `${said(cosine(last, row, column), 2)} at ${data.points[last].name}.` : "";
  }

  function settle(row, column) {
    state.row = Math.max(0, Math.min(side - 1, row));
    state.column = Math.max(0, Math.min(side - 1, column));
    point();
    show(state.row, state.column);
  }

  function turn() {
    const found = data.points[chosen()];
    now.querySelector("b").textContent = found.name;
    now.querySelector("span").textContent = found.said;
    slider.setAttribute("aria-valuetext", found.name);
    draw();
    show(state.row, state.column);
  }

  function under(event) {
    const box = canvas.getBoundingClientRect();
    const cellAt = (offset, length) => Math.max(0, Math.min(side - 1, Math.floor(offset / length * side)));
    return [cellAt(event.clientY - box.top, box.height), cellAt(event.clientX - box.left, box.width)];
  }

  slider.addEventListener("input", turn);
  range.addEventListener("change", draw);
  canvas.addEventListener("pointermove", (event) => show(...under(event)));
  canvas.addEventListener("pointerleave", () => show(state.row, state.column));
  canvas.addEventListener("click", (event) => settle(...under(event)));
  canvas.addEventListener("keydown", (event) => {
    const far = event.shiftKey ? n : 1;
    const moves = { ArrowUp: [-far, 0], ArrowDown: [far, 0], ArrowLeft: [0, -far], ArrowRight: [0, far] };
    const inside = (index, by) => (index + by < 0 || index + by >= side ? index : index + by);
    const move = moves[event.key];
    if (move) settle(inside(state.row, move[0]), inside(state.column, move[1]));
    else if (event.key === "t" || event.key === "T")
      settle(state.row, Math.floor(state.column / n) * n + state.row % n);
    else return;
    event.preventDefault();
  });

  map.hidden = false;
  let width = 0;
  new ResizeObserver(() => {
    if (stage.clientWidth === width) return;
    width = stage.clientWidth;
    labels();
    draw();
  }).observe(stage);
  turn();
})();
