/* A signature drawn by hand: its picture and its strokes go into hidden inputs; a blank one isn't sent. One that the
   page brings back is drawn again. */

const SHORTEST_PX = 60;
const PEN = "#1b2427";
/** How a signature is drawn again: without the pen's speed every line is as thick. */
const LINE = { penColor: PEN, dotSize: 0, minWidth: 1.8, maxWidth: 1.8, velocityFilterWeight: 0.7, compositeOperation: "source-over" };

/** The way the pen went, over all strokes, in CSS pixels. */
function penWay(strokes) {
  let way = 0;
  for (const { points } of strokes) {
    for (let i = 1; i < points.length; i += 1) {
      way += Math.hypot(points[i].x - points[i - 1].x, points[i].y - points[i - 1].y);
    }
  }
  return way;
}

async function attach(box) {
  const { default: SignaturePad } = await import(box.dataset.signaturePad);
  const canvas = box.querySelector("canvas");
  const image = box.querySelector("[data-signature-image]");
  const strokes = box.querySelector("[data-signature-strokes]");
  const error = box.querySelector("[data-signature-error]");
  const state = box.querySelector("[data-signature-state]");
  const pad = new SignaturePad(canvas, { penColor: PEN, minWidth: 0.8, maxWidth: 2.6 });

  let drawing = false;

  /** Make the canvas as large as its box. Not under the pen: the stroke that is being drawn would be lost. */
  function fit() {
    if (drawing) return;
    const drawn = pad.toData();
    const ratio = Math.max(window.devicePixelRatio, 1);
    canvas.width = canvas.offsetWidth * ratio;
    canvas.height = canvas.offsetHeight * ratio;
    canvas.getContext("2d").scale(ratio, ratio);
    pad.clear();
    pad.fromData(drawn);
  }

  /** The size of the pad and where the pen was, stroke by stroke, in whole CSS pixels. */
  function drawn() {
    const round = ({ x, y }) => ({ x: Math.round(x), y: Math.round(y) });
    const paths = pad.toData().map(({ points }) => points.map(round));
    return { width: canvas.offsetWidth, height: canvas.offsetHeight, strokes: paths };
  }

  function fill() {
    image.value = pad.isEmpty() ? "" : pad.toDataURL("image/png");
    strokes.value = pad.isEmpty() ? "" : JSON.stringify(drawn());
  }

  function keep() {
    fill();
    state.textContent = pad.isEmpty() ? state.dataset.empty : state.dataset.drawn;
    image.dispatchEvent(new Event("input", { bubbles: true }));
  }

  /** Draw what the page brought back, made smaller where the pad is smaller now: what is seen is what is sent. */
  function drawAgain() {
    if (!box.dataset.signatureDrawn) return;
    const { width, height, strokes: paths } = JSON.parse(box.dataset.signatureDrawn);
    const scale = Math.min(1, canvas.offsetWidth / width, canvas.offsetHeight / height);
    const point = ({ x, y }) => ({ x: x * scale, y: y * scale, time: 0, pressure: 0.5 });
    pad.fromData(paths.map((path) => ({ ...LINE, points: path.map(point) })));
    fill();
    state.textContent = state.dataset.kept;
  }

  function say(text) {
    error.textContent = text;
    box.classList.toggle("is-invalid", Boolean(text));
  }

  fit();
  drawAgain();
  new ResizeObserver(fit).observe(canvas);
  pad.addEventListener("beginStroke", () => {
    drawing = true;
  });
  // The complaint goes when the stroke is done: gone earlier, it would let the field move under the pen.
  pad.addEventListener("endStroke", () => {
    drawing = false;
    if (canvas.width !== Math.floor(canvas.offsetWidth * Math.max(window.devicePixelRatio, 1))) fit();
    keep();
    say("");
  });
  box.querySelector("[data-signature-clear]").addEventListener("click", () => {
    pad.clear();
    keep();
    say("");
    canvas.focus();
  });
  box.closest("form")?.addEventListener("submit", (event) => {
    if (!("signatureRequired" in box.dataset)) return;
    const text = pad.isEmpty() ? box.dataset.signatureBlank : penWay(pad.toData()) < SHORTEST_PX ? box.dataset.signatureShort : "";
    say(text);
    if (!text) return;
    event.preventDefault();
    canvas.focus();
    box.scrollIntoView({ block: "center" });
  });
}

const live = new WeakSet();

/** Attach to what is on the page, and to what a partial update brings later. */
function attachAll() {
  for (const box of document.querySelectorAll("[data-signature-pad]")) {
    if (live.has(box)) continue;
    live.add(box);
    attach(box);
  }
}

attachAll();
document.addEventListener("htmx:after:swap", attachAll);
