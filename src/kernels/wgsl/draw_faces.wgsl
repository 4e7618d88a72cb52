// draw_faces: draws an endless data set of labeled faces from signed-distance shapes.
//
//   images[n, y, x, :] = image number (first[0] + n) of the data set `seed`, RGB in 0..1, NHWC
//   labels[n]          = its expression, 0..7 in the order of the table FACS below
//
// An image depends only on (seed, number), not on its batch; `side` changes only the resolution. `label` >= 0 requests
// one expression and leaves the rest of the image unchanged; with -1 the expression is drawn from the first `classes`.
//
// Layouts   first: u32 [1]. images: [count, side, side, 3] f32. labels: u32 [count].
// A thread  One thread draws a run of 16 pixels of one image: it draws the random parameters once (expression, head,
//           hair, pose, light), then paints each pixel back to front, blending in each shape by the fraction of the
//           pixel that it covers. There are count * ceil(side * side / 16) threads.
// Bytes     Reads one number; writes 12 bytes per pixel and 4 per image.
// Reference tests/data/drawn-faces.test.ts (properties; drawings have no reference values)

struct Params { seed: u32, count: u32, side: u32, classes: u32, label: i32 }

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> first: array<u32>; // in memory, so that a captured step can advance it
@group(0) @binding(2) var<storage, read_write> images: array<f32>;
@group(0) @binding(3) var<storage, read_write> labels: array<u32>;

// ---- The expressions: facial action units after P. Ekman and W. V. Friesen, Facial Action Coding System, 1978.
// Each row is an expression at full strength, each column an action unit; `chooseExpression` weakens and varies them.
// The constants are the column numbers.
const INNER = 0u;    // AU1  inner brow raiser
const OUTER = 1u;    // AU2  outer brow raiser
const LOWER = 2u;    // AU4  brow lowerer
const LID = 3u;      // AU5  upper lid raiser
const CHEEK = 4u;    // AU6  cheek raiser
const TIGHT = 5u;    // AU7  lid tightener
const WRINKLE = 6u;  // AU9  nose wrinkler
const SNEER = 7u;    // AU10 upper lip raiser
const SMILE = 8u;    // AU12 lip corner puller
const DIMPLE = 9u;   // AU14 dimpler, one side only: with AU12 of that side it is contempt
const FROWN = 10u;   // AU15 lip corner depressor
const CHIN = 11u;    // AU17 chin raiser
const TONGUE = 12u;  // AU19 tongue show
const STRETCH = 13u; // AU20 lip stretcher
const PRESS = 14u;   // AU23 lip tightener
const PART = 15u;    // AU25 lips part
const JAW = 16u;     // AU26 jaw drop
const DROOP = 17u;   // AU43 lids droop

const ANGER = 5u;
alias Units = array<f32, 18>;
const FACS = array<Units, 8>(
  //    AU1  AU2  AU4  AU5  AU6  AU7  AU9  AU10 AU12 AU14 AU15 AU17 AU19 AU20 AU23 AU25 AU26 AU43
  Units(1.0, 1.0, 0.0, 0.8, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0), // Surprise
  Units(1.1, 0.2, 0.3, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.3, 0.0, 0.0, 1.0, 0.0, 1.0, 0.2, 0.0), // Fear
  Units(0.0, 0.0, 0.6, 0.0, 0.4, 0.9, 1.0, 1.0, 0.0, 0.0, 0.6, 0.4, 1.0, 0.0, 0.0, 0.5, 0.1, 0.0), // Disgust
  Units(0.3, 0.3, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.4, 0.0), // Happy
  Units(1.0, 0.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.8, 0.0, 0.0, 0.0, 0.0, 0.0, 0.6), // Sadness
  Units(0.0, 0.4, 1.2, 0.4, 0.0, 0.4, 0.2, 0.0, 0.0, 0.0, 0.2, 0.3, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0), // Anger
  Units(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0), // Neutral
  Units(0.0, 0.0, 0.0, 0.0, 0.0, 0.1, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.7), // Contempt
);

// ---- One face. Lengths are in halves of the image side, x to the right, y up, with the center of the face at 0.
struct Face {
  label: u32,
  au: Units,          // strength of each action unit
  onesided: f32,      // -1 or 1: the side of AU14, of the gaze and of a tear
  clenched: f32,      // clenched teeth: 0 or 1
  tear: bool,
  // pose and image
  shift: vec2f, roll: vec2f, zoom: f32, turn: vec2f, // roll = (cos, sin); turn = shift of the features
  light: vec3f, contrast: f32, exposure: f32, tint: vec3f, grain: f32,
  wall: mat2x3f, wallDirection: vec2f, blob: vec4f, stripes: f32,
  // head
  skull: vec2f, jaw: vec2f, jawHeight: f32, age: f32, freckles: bool,
  skin: vec3f, hair: vec3f, iris: vec3f, lip: vec3f, cloth: vec3f, frame: vec3f,
  // colors that depend on the medium: lids and closed lips, brows, nose; white and pupil of the eye; mouth cavity
  chalk: bool, line: vec3f, browTone: vec3f, shade: vec3f, white: vec3f, pupil: vec3f, hole: vec3f, teeth: vec3f, tongue: vec3f,
  // features
  eye: vec2f, eyeX: f32, lash: f32, gaze: vec2f, browY: f32, brow: f32, browTilt: f32,
  nose: f32, mouth: f32, mouthY: f32, mouthBend: f32, lips: f32,
  glasses: f32, beard: u32, ring: bool,
  // hair: style (see `chooseHair`), thickness over the skull, hairline height at the middle, its drop to the sides,
  // its slope, waves of the edge (height, number), how far down the hair hangs behind the head
  style: u32, puff: f32, hairline: f32, fall: f32, part: f32, wave: vec2f, length: f32, bobble: f32,
}
var<private> face: Face;

// ---- Random numbers: one PCG stream per image (M. O'Neill, 2014)
var<private> state: u32;
var<private> increment: u32;

fn scramble(s: u32) -> u32 {
  let word = ((s >> ((s >> 28u) + 4u)) ^ s) * 277803737u;
  return (word >> 22u) ^ word;
}
fn hash(v: u32) -> u32 { return scramble(v * 747796405u + 2891336453u); }
fn unit(bits: u32) -> f32 { return f32(bits >> 8u) / 16777216.0; }
fn random() -> f32 {
  state = state * 747796405u + increment;
  return unit(scramble(state));
}
fn between(low: f32, high: f32) -> f32 { return mix(low, high, random()); }
fn around(middle: f32, spread: f32) -> f32 { return middle + spread * (random() + random() - 1.0); }
fn chance(p: f32) -> bool { return random() < p; }
fn pick(n: u32) -> u32 { return min(u32(random() * f32(n)), n - 1u); }
fn anyColor(vivid: f32) -> vec3f {
  let h = random();
  let rainbow = 0.5 + 0.5 * cos(6.2832 * (h + vec3f(0.0, 0.33, 0.67)));
  return mix(vec3f(between(0.6, 1.0)), rainbow, between(0.2, 1.0) * vivid) * between(0.65, 1.15);
}

// ---- Random parameters of an image, drawn in a fixed order; all are drawn for every label
const SKINS = array<vec3f, 7>(
  vec3f(0.96, 0.82, 0.72), vec3f(0.95, 0.77, 0.63), vec3f(0.89, 0.71, 0.55), vec3f(0.80, 0.60, 0.42),
  vec3f(0.68, 0.46, 0.31), vec3f(0.55, 0.36, 0.24), vec3f(0.44, 0.28, 0.19));
const HAIRS = array<vec3f, 8>(
  vec3f(0.09, 0.08, 0.09), vec3f(0.20, 0.13, 0.09), vec3f(0.36, 0.22, 0.13), vec3f(0.55, 0.27, 0.12),
  vec3f(0.72, 0.53, 0.27), vec3f(0.88, 0.76, 0.48), vec3f(0.62, 0.62, 0.64), vec3f(0.88, 0.87, 0.85));
const IRISES = array<vec3f, 5>(
  vec3f(0.24, 0.14, 0.08), vec3f(0.38, 0.24, 0.11), vec3f(0.25, 0.42, 0.60),
  vec3f(0.30, 0.46, 0.30), vec3f(0.42, 0.46, 0.48));

fn chooseExpression() {
  let own = pick(params.classes);
  face.label = select(own, u32(max(params.label, 0)), params.label >= 0);
  let strength = between(0.8, 1.0);
  for (var a = 0u; a < 18u; a++) { face.au[a] = FACS[face.label][a] * strength * between(0.85, 1.15); }
  face.onesided = select(-1.0, 1.0, chance(0.5));
  face.clenched = 0.0;
  // Variants within a class: a closed or an open smile, anger with pressed lips or bared teeth, with or without a
  // tongue, with or without a tear. Without them the darkness of the mouth would separate the classes.
  let opening = random();
  let variant = chance(0.5);
  if (face.au[SMILE] > 0.0) {
    let open = select(0.0, 0.4 + 0.6 * opening, opening > 0.3);
    face.au[PART] *= open;
    face.au[JAW] *= open;
  }
  if (face.label == ANGER && variant) {
    face.au[PART] = 0.5 + 0.5 * opening;
    face.au[PRESS] = 0.0;
    face.clenched = 1.0;
  }
  if (face.au[STRETCH] > 0.0 && variant) { face.clenched = 1.0; }
  if (face.au[TONGUE] > 0.0) { face.au[TONGUE] = select(0.0, face.au[TONGUE], variant); }
  face.tear = face.au[DROOP] > 0.0 && face.au[FROWN] > 0.0 && opening < 0.35;
}

fn chooseHead() {
  face.skull = vec2f(around(0.59, 0.07), around(0.62, 0.06));
  face.jaw = vec2f(around(0.465, 0.09), around(0.50, 0.07));
  face.jawHeight = around(-0.30, 0.06);
  face.age = random() * random();
  face.freckles = chance(0.15);
  let tone = random() * 5.99;
  face.skin = mix(SKINS[u32(tone)], SKINS[u32(tone) + 1u], fract(tone));
  let fade = select(pick(6u), 6u + pick(2u), chance(0.15));
  let dyed = anyColor(0.7);
  face.hair = select(HAIRS[fade], dyed, chance(0.07)) * between(0.85, 1.1);
  face.iris = IRISES[pick(5u)];
  face.lip = mix(face.skin * vec3f(0.86, 0.62, 0.60), vec3f(0.75, 0.25, 0.28), between(0.0, 0.6));
  face.cloth = anyColor(0.7);
  face.frame = select(vec3f(0.10, 0.09, 0.10), anyColor(0.7) * 0.6, chance(0.4));
}

fn chooseFeatures() {
  face.eye = vec2f(around(0.165, 0.02), around(0.100, 0.012));
  face.eyeX = around(0.285, 0.025);
  face.lash = between(0.010, 0.022);
  face.gaze = vec2f(around(0.0, 0.03), around(0.0, 0.012));
  face.browY = around(0.295, 0.025);
  face.brow = between(0.024, 0.038);
  face.browTilt = around(-0.014, 0.012);
  face.nose = around(1.0, 0.25);
  face.mouth = around(0.225, 0.03);
  face.mouthY = around(-0.43, 0.035);
  face.mouthBend = around(0.006, 0.012);
  face.lips = between(0.035, 0.06);
  face.glasses = select(0.0, between(0.20, 0.235), chance(0.25));
  face.beard = select(0u, 1u + pick(4u), chance(0.28));
  face.ring = chance(0.2);
}

const BALD = 0u; // 1: short
const FRINGE = 2u;
const CURLS = 3u;
const PARTED = 4u;
const LONG = 5u;
const BUN = 6u;
const SPIKES = 7u;
const HAT = 8u;
const TAILS = 9u;
const SCARF = 10u;
fn chooseHair() {
  face.style = pick(11u);
  face.part = around(0.0, 0.35);
  face.puff = between(0.05, 0.10);
  face.hairline = between(0.50, 0.62);
  face.fall = between(0.7, 1.3);
  face.wave = vec2f(0.0, 9.0);
  face.length = 1.0; // no hanging hair
  let long = between(-1.1, -0.35);
  switch (face.style) {
    case FRINGE: { face.hairline -= 0.08; face.fall = 0.25; face.wave = vec2f(0.02, 14.0); }
    case CURLS: { face.puff += 0.14; face.wave = vec2f(0.035, 13.0); face.length = long * 0.4; }
    case PARTED: { face.part *= 3.0; face.puff += 0.03; }
    case LONG: { face.puff += 0.02; face.length = long; face.fall += 0.3; }
    case SPIKES: { face.puff += 0.06; face.wave = vec2f(0.07, 11.0); face.fall = 0.5; }
    case HAT: {
      face.bobble = select(0.0, 0.12, face.fall > 1.0);
      face.hairline = 0.46; face.fall = 0.1; face.part = 0.0; face.puff = 0.09;
      face.length = select(1.0, long, long < -0.7);
    }
    case SCARF: { face.beard = 0u; face.ring = false; face.puff = 0.07; }
    case BUN, TAILS: { face.beard = 0u; }
    default: { face.wave = vec2f(0.012, 15.0); } // short (and bald)
  }
}

fn chooseScene() {
  face.zoom = between(0.95, 1.13);
  face.shift = vec2f(between(-0.085, 0.085), between(-0.065, 0.085));
  let angle = between(-0.125, 0.125); // 7 degrees
  face.roll = vec2f(cos(angle), sin(angle));
  face.turn = vec2f(around(0.0, 0.12), around(0.0, 0.04));
  let azimuth = between(0.0, 6.2832);
  let slant = between(0.2, 0.85);
  face.light = vec3f(slant * vec2f(cos(azimuth), 0.3 + 0.7 * sin(azimuth)), 0.75);
  face.contrast = between(0.8, 1.2);
  face.exposure = between(-0.08, 0.09);
  face.tint = 1.0 + 0.10 * (vec3f(random(), random(), random()) - 0.5);
  face.grain = between(0.0, 0.04);
  face.wall = mat2x3f(anyColor(0.5), anyColor(0.5));
  let slope = between(0.0, 6.2832);
  face.wallDirection = vec2f(cos(slope), sin(slope));
  face.blob = vec4f(between(-1.0, 1.0), between(-1.0, 1.0), between(0.15, 0.7), random());
  face.stripes = select(0.0, between(4.0, 14.0), chance(0.3));
}

// Paint on paper, or chalk on a board: light lines on a dark background. Classes then differ only by shape,
// not by which areas are dark or light, so that no linear classifier performs well.
const CHALK = 0.38;
const BOARDS = array<vec3f, 4>(
  vec3f(0.20, 0.34, 0.29), vec3f(0.22, 0.26, 0.38), vec3f(0.30, 0.28, 0.30), vec3f(0.38, 0.24, 0.26));
fn chooseMedium() {
  face.chalk = chance(CHALK);
  let board = BOARDS[pick(4u)] * between(0.8, 1.3);
  let stick = mix(vec3f(0.96), anyColor(1.0), 0.25);
  let second = mix(vec3f(0.96), anyColor(1.0), 0.6);
  face.line = face.skin * 0.12 + 0.03;
  face.browTone = mix(face.hair * 0.75, face.skin * 0.4, 0.35);
  face.shade = face.skin * vec3f(0.74, 0.62, 0.58);
  face.white = vec3f(0.97, 0.96, 0.94);
  face.pupil = vec3f(0.03);
  face.hole = vec3f(0.22, 0.05, 0.06);
  face.teeth = vec3f(0.97, 0.95, 0.90);
  face.tongue = vec3f(0.86, 0.38, 0.42);
  if (!face.chalk) { return; }
  face.skin = board + 0.08;
  face.hair = mix(second, board, 0.3);
  face.wall = mat2x3f(board * 0.75, board * 0.85);
  face.cloth = mix(second.yzx, board, 0.4);
  face.frame = second.zxy;
  face.line = stick;
  face.browTone = stick;
  face.shade = mix(face.skin, stick, 0.5);
  face.lip = mix(face.skin, second, 0.5);
  face.iris = mix(second, board, 0.3);
  face.white = board * 0.45;
  face.pupil = stick;
  face.hole = stick;
  face.teeth = board * 0.45;
  face.tongue = mix(vec3f(0.95, 0.55, 0.60), board, 0.2);
}

fn throwDice(number: u32) {
  state = hash(params.seed + hash(number));
  increment = hash(state ^ number) | 1u;
  chooseExpression();
  chooseHead();
  chooseFeatures();
  chooseHair();
  chooseScene();
  chooseMedium();
}

// ---- Signed distances: negative inside
fn disc(p: vec2f, r: f32) -> f32 { return length(p) - r; }
fn ellipse(p: vec2f, r: vec2f) -> f32 { // first-order: value over gradient of |p / r|
  let k = length(p / r);
  return k * (k - 1.0) / max(length(p / (r * r)), 1e-4);
}
fn box(p: vec2f, half: vec2f, round: f32) -> f32 {
  let q = abs(p) - half + round;
  return length(max(q, vec2f(0.0))) + min(max(q.x, q.y), 0.0) - round;
}
fn segment(p: vec2f, a: vec2f, b: vec2f) -> f32 {
  let t = saturate(dot(p - a, b - a) / dot(b - a, b - a));
  return length(p - mix(a, b, t));
}
// The curve y = tilt t + bend t^2, t = x / half in -1..1: brows, lids, folds and closed mouths.
fn curve(p: vec2f, half: f32, tilt: f32, bend: f32) -> f32 {
  let t = clamp(p.x / half, -1.0, 1.0);
  let slope = (tilt + 2.0 * bend * t) / half;
  return length(vec2f(p.x - t * half, (p.y - (tilt + bend * t) * t) * inverseSqrt(1.0 + slope * slope)));
}
fn join(a: f32, b: f32, k: f32) -> f32 { // union with a fillet of radius ~k
  let h = max(k - abs(a - b), 0.0) / k;
  return min(a, b) - 0.25 * k * h * h;
}

// ---- Paint
var<private> canvas: vec3f;
var<private> pixel: f32; // width of a pixel in units of the face
var<private> solid: f32; // fraction of the pixel covered by the head, which is lit

fn cover(d: f32) -> f32 { return saturate(0.5 - d / pixel); }
fn paint(d: f32, color: vec3f) { canvas = mix(canvas, color, cover(d)); }
fn body(d: f32, color: vec3f) { paint(d, color); solid = max(solid, cover(d)); }
fn glow(d: f32, soft: f32, color: vec3f, amount: f32) {
  canvas = mix(canvas, color, amount * (1.0 - smoothstep(-soft, soft, d)));
}
fn crease(d: f32, width: f32, amount: f32) { // a fold of the skin: a darker line
  let fold = select(canvas * vec3f(0.52, 0.42, 0.40), face.line, face.chalk);
  canvas = mix(canvas, fold, amount * cover(d - width));
}

fn paintWall(p: vec2f) {
  let along = dot(p, face.wallDirection);
  canvas = mix(face.wall[0], face.wall[1], saturate(0.5 + 0.5 * along));
  let ripple = 0.5 + 0.5 * sin(along * face.stripes);
  canvas *= 1.0 - 0.25 * smoothstep(0.45, 0.55, ripple) * min(face.stripes, 1.0);
  let q = p - face.blob.xy;
  let spot = select(disc(q, face.blob.z), box(q, vec2f(face.blob.z), 0.02), face.blob.w > 0.6);
  paint(spot, face.wall[1] * 0.7 + 0.15);
}

fn headDistance(p: vec2f) -> f32 {
  let drop = 0.11 * face.au[JAW];
  let skull = ellipse(p - vec2f(0.0, 0.20), face.skull);
  let jaw = ellipse(p - vec2f(0.0, face.jawHeight - drop), face.jaw + vec2f(0.02 * face.au[STRETCH], 0.0));
  return join(skull, jaw, 0.35);
}

// The outer edge of the hair, with waves along the angle around the head.
fn mop(p: vec2f, head: f32) -> f32 {
  let angle = atan2(p.x, p.y - 0.1);
  let turn = angle * face.wave.y;
  let ripple = select(sin(turn), 2.0 * abs(fract(turn / 6.2832) - 0.5), face.style == SPIKES);
  return head - face.puff - face.wave.x * ripple;
}
fn strands(p: vec2f) -> vec3f { // streaks from the crown downwards
  let streak = sin(26.0 * atan2(p.x - 0.3 * face.part, 1.3 - p.y)) * sin(7.0 * p.x + 3.0 * p.y);
  return face.hair * (1.0 + 0.09 * streak) + 0.03;
}

fn scarf(p: vec2f) -> vec3f { return face.cloth.yzx * (0.95 + 0.06 * sin(14.0 * length(p - vec2f(0.3, 0.4)))); }

fn paintBack(p: vec2f, upright: vec2f, head: f32) {
  if (face.length < 1.0) {
    let ends = face.length + 0.35 * p.x * p.x - p.y;
    let drape = abs(p.x) - face.skull.x - face.puff + 0.05 * p.y * p.y;
    body(max(join(mop(p, head), max(drape, p.y - 0.3), 0.1), ends), strands(p) * 0.72);
  }
  if (face.style == BUN) { body(disc(p - vec2f(0.0, 0.93), 0.22), strands(p) * 0.9); }
  if (face.style == TAILS) {
    let q = vec2f(abs(p.x) - face.skull.x, p.y - 0.30);
    body(ellipse(q - vec2f(0.22, -0.17), vec2f(0.17, 0.30)), strands(p) * 0.85);
    body(disc(q - vec2f(0.09, 0.08), 0.08), face.cloth);
  }
  body(box(upright - vec2f(0.0, -0.95), vec2f(0.24, 0.5), 0.1), face.skin * 0.74);
  body(ellipse(upright - vec2f(0.0, -1.55), vec2f(1.0, 0.62)), face.cloth);
  paint(curve(upright - vec2f(0.0, -1.05), 0.27, 0.0, 0.07) - 0.04, face.cloth * 0.75);
  if (face.style == SCARF) { body(ellipse(upright - vec2f(0.0, -0.98), vec2f(0.55, 0.42)), scarf(p) * 0.85); }
}

fn paintHead(p: vec2f, head: f32) {
  let ear = ellipse(vec2f(abs(p.x) - face.skull.x * 0.985, p.y - 0.03), vec2f(0.10, 0.15));
  body(ear, face.skin * 0.92);
  glow(ear + 0.05, 0.03, face.skin * vec3f(0.72, 0.6, 0.56), 0.8);
  if (face.ring) {
    let hoop = disc(vec2f(abs(p.x) - face.skull.x * 0.985 - 0.02, p.y + 0.17), 0.045);
    paint(abs(hoop) - 0.014, vec3f(0.93, 0.78, 0.36));
  }
  let rim = 1.0 - smoothstep(0.0, 0.12, -head); // the rim faces away from the viewer
  body(head, face.skin * mix(vec3f(1.0), vec3f(0.86, 0.78, 0.75), rim));
  if (face.chalk) { paint(abs(head) - 0.010, face.line); }
}

fn paintHair(p: vec2f, head: f32) {
  if (face.style == BALD) { return; }
  if (face.style == SCARF) {
    let drop = 0.06 * face.au[JAW];
    let opening = ellipse(p - vec2f(0.0, -0.10 - drop), vec2f(face.skull.x * 0.88, 0.68 + drop));
    glow(-opening - 0.03, 0.04, face.skin * 0.6, 0.4 * cover(head)); // shadow on the face
    body(max(head - face.puff, -opening), scarf(p));
    return;
  }
  let fringe = face.wave.x * sin(p.x * 2.2 * face.wave.y) * select(1.0, 1.4, face.style == FRINGE);
  let line = face.hairline + face.part * p.x - face.fall * p.x * p.x + fringe;
  let cap = max(mop(p, head), (line - p.y) * 0.8);
  if (face.style == HAT) {
    let knit = face.cloth.zxy * (0.92 + 0.08 * sin(p.x * 50.0));
    body(disc(p - vec2f(0.0, 0.23 + face.skull.y + face.puff), face.bobble), knit * 1.1);
    body(max(head - face.puff, (line - p.y) * 0.8), knit);
    body(box(p - vec2f(0.0, line + 0.07), vec2f(face.skull.x + 0.07, 0.09), 0.05), knit * 0.8);
    return;
  }
  glow(max(head, line - p.y - 0.05), 0.05, face.skin * 0.6, 0.5); // shadow on the forehead
  body(cap, strands(p));
}

const STUBBLE = 1u;
const BEARD = 2u;
const MOUSTACHE = 3u;
const GOATEE = 4u;
fn paintBeard(p: vec2f, m: vec2f, head: f32) {
  let bristle = select(face.hair * 0.9, mix(face.skin, face.hair, 0.28), face.beard == STUBBLE);
  let drop = 0.17 * face.au[JAW];
  let line = mouthLine(p);
  let lip = p - vec2f(0.0, face.mouthY);
  let bare = ellipse(line.q - vec2f(0.0, -0.5 * drop), vec2f(line.half + 0.06, 0.085 + 0.5 * drop));
  let full = max(max(head - 0.025, lip.y - 0.04 - 0.9 * p.x * p.x), -bare);
  let goatee = max(ellipse(lip - vec2f(0.0, -0.30 - drop), vec2f(0.15, 0.16)), head - 0.05);
  let moustache = curve(m - vec2f(0.10, face.mouthY + 0.10), 0.13, -0.035, -0.02) - 0.03;
  if (face.beard == STUBBLE || face.beard == BEARD) { body(full, bristle); }
  if (face.beard == MOUSTACHE || face.beard == BEARD) { paint(moustache, bristle); }
  if (face.beard == GOATEE) { body(goatee, bristle); }
}

// m is p mirrored onto one half of the face: x increases outwards from the nose.
fn paintSkin(p: vec2f, m: vec2f) {
  let au = &face.au;
  glow(ellipse(m - vec2f(face.eyeX, 0.09), vec2f(0.21, 0.15)), 0.1, face.skin * vec3f(0.78, 0.68, 0.66), 0.4);
  let cheek = m - vec2f(0.36, -0.19 + 0.05 * (*au)[CHEEK]);
  glow(disc(cheek, 0.12), 0.1, mix(face.skin, vec3f(0.95, 0.40, 0.38), 0.45), 0.4 + 0.15 * (*au)[CHEEK]);
  if (face.freckles) {
    let cell = floor(m * 17.0);
    let dot = disc(fract(m * 17.0) - 0.5, 0.22) / 17.0;
    if ((hash(u32(cell.x + 31.0 * (cell.y + 40.0))) & 3u) == 0u) {
      glow(max(dot, disc(cheek, 0.17)), 0.01, face.skin * vec3f(0.7, 0.52, 0.42), 0.6);
    }
  }
  // forehead (AU1 + AU2), frown (AU4), crow's feet (AU6), nose (AU9), fold from nose to mouth (AU9, 10, 12)
  let lift = max((*au)[INNER] - 0.4 * (*au)[LOWER], 0.0);
  let furrows = min(curve(p - vec2f(0.0, 0.53), 0.26, 0.0, -0.03), curve(p - vec2f(0.0, 0.60), 0.20, 0.0, -0.03));
  crease(furrows, 0.008, 0.6 * lift + 0.3 * face.age);
  let scowl = segment(m, vec2f(0.045, face.browY - 0.06), vec2f(0.055, face.browY + 0.06));
  crease(scowl, 0.010, 0.9 * saturate((*au)[LOWER] - 0.4 * (*au)[INNER]));
  crease(curve(m - vec2f(face.eyeX, -0.055), 0.14, 0.0, 0.05), 0.009, 0.5 * (*au)[CHEEK] + 0.2 * face.age);
  let ridge = min(curve(p - vec2f(0.0, 0.045), 0.075, 0.0, -0.02), curve(p - vec2f(0.0, 0.10), 0.065, 0.0, -0.02));
  crease(ridge, 0.013, 0.9 * (*au)[WRINKLE]);
  let corner = vec2f(face.mouth + 0.10 + 0.05 * (*au)[SMILE], face.mouthY + 0.02);
  let bowed = m + vec2f(0.3 * (m.y + 0.13) * (m.y - corner.y), 0.0);
  let fold = segment(bowed, vec2f(0.14, -0.13 + 0.03 * (*au)[WRINKLE]), corner);
  crease(fold, 0.012, saturate(0.8 * (*au)[WRINKLE] + 0.25 * (*au)[SMILE] + 0.25 * face.age));
  crease(curve(p - vec2f(0.0, face.mouthY - 0.20), 0.11, 0.0, -0.035), 0.012, 0.7 * (*au)[CHIN]);
}

fn paintNose(p: vec2f, m: vec2f) {
  let up = 0.035 * face.au[WRINKLE];
  let wide = 0.085 * face.nose * (1.0 + 0.3 * face.au[WRINKLE]);
  let shadow = face.shade;
  let dark = select(1.0, -1.0, face.light.x > 0.0); // the side away from the light
  glow(segment(p, vec2f(0.04 * dark, 0.10), vec2f(wide * 0.8 * dark, -0.13 + up)) - 0.02, 0.04, shadow, 0.7);
  glow(ellipse(p - vec2f(-0.01 * dark, -0.09 + up), vec2f(0.035, 0.11)), 0.04, face.skin * 1.15 + 0.03, 0.6);
  paint(curve(p - vec2f(0.0, -0.185 + up), wide, 0.0, 0.035) - 0.014, shadow * 0.85);
  let nostril = ellipse(m - vec2f(wide * 0.5, -0.165 + up), vec2f(0.026, 0.017) * (1.0 + 0.3 * face.au[WRINKLE]));
  paint(nostril, mix(face.shade, face.line, 0.6));
}

fn paintBrow(m: vec2f, outward: f32) {
  let au = &face.au;
  let cocked = (*au)[DIMPLE] * max(outward * face.onesided, 0.0); // contempt raises the brow above the smirk
  let inner = 0.15 * (*au)[INNER] - 0.14 * (*au)[LOWER] - 0.03 * (*au)[WRINKLE] + 0.08 * cocked;
  let outer = 0.15 * (*au)[OUTER] - (*au)[LOWER] * (0.05 * (1.0 - (*au)[OUTER]) + 0.03 * (*au)[INNER]) + 0.15 * cocked;
  let arch = 0.045 + 0.03 * (*au)[OUTER] + 0.02 * cocked - 0.035 * saturate((*au)[LOWER]);
  let middle = vec2f(face.eyeX + 0.005 - 0.03 * (*au)[LOWER], face.browY + 0.5 * (inner + outer) + arch);
  let q = m - middle;
  let thick = face.brow * (1.0 - 0.3 * saturate(q.x / 0.2));
  let brow = curve(q, 0.185, 0.5 * (outer - inner) + face.browTilt, -arch) - thick;
  paint(brow, face.browTone);
}

fn paintEye(m: vec2f, outward: f32) {
  let au = &face.au;
  let p = m - vec2f(face.eyeX, 0.08);
  let h = face.eye.y;
  let lowered = 0.45 * (*au)[TIGHT] + 0.15 * (*au)[CHEEK] + 0.65 * (*au)[DROOP];
  let top = h * max(1.0 + 0.65 * (*au)[LID] - lowered, 0.2);
  let under = h * (0.75 + 0.25 * (*au)[LID] - 0.45 * (*au)[TIGHT] - 0.85 * (*au)[CHEEK]);
  let slant = 0.008 - 0.05 * (*au)[DROOP] * (*au)[INNER]; // sadness lowers the outer corner
  let t = p.x / face.eye.x;
  let axis = p.y - slant * t;
  let steep = 1.0 / face.eye.x;
  let over = (axis - top * (1.0 - t * t)) * inverseSqrt(1.0 + 4.0 * top * top * t * t * steep * steep);
  let below = (-axis - under * (1.0 - t * t)) * inverseSqrt(1.0 + 4.0 * under * under * t * t * steep * steep);
  let open = max(over, below);
  let aside = outward * (face.gaze.x + 0.035 * face.onesided * (*au)[DIMPLE]);
  let look = p - vec2f(aside, face.gaze.y + 0.012 - 0.03 * (*au)[DROOP] * (*au)[INNER]);
  let white = face.white * (1.0 - 0.3 * (1.0 - smoothstep(0.0, 0.05, -over))); // shadow of the lid
  paint(open, white);
  let iris = disc(look, 0.078);
  paint(max(iris, open), face.iris * (0.75 - 4.0 * look.y));
  paint(max(iris + 0.04 + 0.01 * (*au)[STRETCH], open), face.pupil);
  paint(max(disc(look - vec2f(-0.025 * outward, 0.03), 0.019), open), face.white);
  let line = p - vec2f(0.0, top);
  paint(curve(line, face.eye.x * 1.06, slant, -top) - face.lash - 0.003, face.line);
  crease(curve(p - vec2f(0.0, -under), face.eye.x * 0.95, slant, under), 0.007, 0.5 + 0.4 * (*au)[TIGHT]);
  crease(curve(line - vec2f(0.0, 0.045), face.eye.x, slant, -top * 0.9), 0.008, 0.5);
  if (face.tear && outward == face.onesided) {
    let drop = p - vec2f(0.03, -0.16);
    paint(min(disc(drop, 0.036), segment(drop, vec2f(0.0), vec2f(-0.01, 0.085)) - 0.018), vec3f(0.70, 0.88, 1.0));
  }
}

// The middle line of the mouth, a parabola through `rest`; q is relative to it, so that lips can be drawn straight.
struct Line { half: f32, bend: f32, rest: f32, smirk: f32, q: vec2f }
fn mouthLine(p: vec2f) -> Line {
  let au = &face.au;
  let smirk = (*au)[DIMPLE] * max(sign(p.x) * face.onesided, 0.0);
  let half = face.mouth + 0.075 * (*au)[SMILE] + 0.08 * (*au)[STRETCH] - 0.035 * (*au)[PRESS]
    + 0.03 * (*au)[DIMPLE] - 0.085 * (*au)[JAW] * (1.0 - saturate((*au)[SMILE] + (*au)[STRETCH]));
  let even = face.mouthBend + 0.16 * (*au)[SMILE] - 0.15 * (*au)[FROWN] - 0.02 * (*au)[PRESS];
  let bend = even + 0.18 * smirk;
  let rest = face.mouthY + 0.02 * (*au)[CHIN] - 0.4 * even;
  let t = abs(p.x) / half;
  let rise = bend * select(t * t, 2.0 * t - 1.0, t > 1.0); // a straight line beyond the corners
  return Line(half, bend, rest, smirk, vec2f(p.x, p.y - rest - rise));
}

fn paintMouth(p: vec2f) {
  let au = &face.au;
  let line = mouthLine(p);
  let q = line.q;
  let half = line.half;
  let square = saturate((*au)[STRETCH] + face.clenched);
  // the opening: extent above and below the line
  let least = 0.012 + 0.03 * face.clenched;
  let up = least + 0.025 * (*au)[PART] + 0.045 * (*au)[JAW] * (1.0 - (*au)[SMILE]) + 0.05 * (*au)[SNEER];
  let down = least + (0.05 + 0.03 * (*au)[SMILE]) * (*au)[PART] + 0.17 * (*au)[JAW];
  let r = vec2f(half, select(down, up, q.y > 0.0));
  let middle = vec2f(0.0, 0.5 * (up - down));
  let tall = 0.5 * (up + down);
  let hole = mix(ellipse(q, r), box(q - middle, vec2f(half * 0.95, tall), 0.05), square);
  // lips
  let full = face.lips * (1.0 - 0.6 * (*au)[PRESS] - 0.25 * (*au)[SMILE]);
  let pout = full * (1.1 + 0.5 * (*au)[CHIN]);
  let bow = 0.25 * full * (1.0 - smoothstep(0.0, 0.06, abs(q.x)));
  let rim = ellipse(q, vec2f(half + 0.02, select(down + pout, up + full - bow, q.y > 0.0)));
  let lips = mix(rim, box(q - middle, vec2f(half, tall) + 0.6 * full, 0.07), square);
  glow(ellipse(q - vec2f(0.0, -down - pout - 0.03), vec2f(half * 0.7, 0.02)), 0.03, face.skin * 0.6, 0.4);
  paint(lips, face.lip * select(1.06, 0.88, q.y > 0.0));
  paint(hole, face.hole);
  // tongue, then teeth; both rows meet in a clenched mouth
  paint(max(ellipse(q - vec2f(0.0, -down), vec2f(half * 0.62, 0.45 * down)), hole), face.tongue * 0.93);
  let row = max(up - q.y - mix(0.055, tall - 0.006, face.clenched), -0.1);
  let lower = mix(1.0, q.y + down - tall + 0.010, face.clenched);
  let gap = 0.86 + 0.14 * smoothstep(0.03, 0.12, abs(fract(q.x / 0.075) - 0.5));
  paint(max(hole + 0.006, min(row, lower)) + 0.1 * (1.0 - step(0.3, (*au)[PART])), mix(face.line, face.teeth, gap));
  // closed lips, and the dent of a dimple or a tight corner
  paint(curve(p - vec2f(0.0, line.rest), half, 0.0, line.bend) - 0.012, mix(face.line, face.lip * 0.42, select(1.0, 0.0, face.chalk)));
  let dent = vec2f(sign(p.x) * half, line.rest + line.bend);
  let dimple = segment(p, dent + vec2f(0.02 * sign(p.x), 0.04), dent + vec2f(0.03 * sign(p.x), -0.02));
  crease(dimple, 0.012, saturate(line.smirk + 0.3 * (*au)[SMILE]));
  let tip = ellipse(p - vec2f(0.0, line.rest - 0.10), vec2f(0.105, 0.135));
  if ((*au)[TONGUE] > 0.0) {
    paint(max(tip, p.y - line.rest), face.tongue);
    paint(segment(p, vec2f(0.0, line.rest), vec2f(0.0, line.rest - 0.14)) - 0.009, face.tongue * 0.65);
  }
}

fn paintGlasses(p: vec2f, m: vec2f) {
  if (face.glasses == 0.0) { return; }
  let q = m - vec2f(face.eyeX, 0.06);
  let oblong = box(q, vec2f(face.glasses, face.glasses * 0.8), 0.08);
  let lens = select(disc(q, face.glasses), oblong, face.glasses < 0.217);
  glow(lens, 0.01, vec3f(0.9, 0.95, 1.0), 0.10);
  paint(abs(lens) - 0.014, face.frame);
  paint(curve(p - vec2f(0.0, 0.12), face.eyeX - face.glasses + 0.01, 0.0, -0.02) - 0.013, face.frame);
  paint(segment(m, vec2f(face.eyeX + face.glasses, 0.1), vec2f(0.62, 0.12)) - 0.013, face.frame);
}

// Lights the head like a sphere, then applies the camera's contrast, exposure, tint and grain.
fn develop(p: vec2f, grain: vec3f) -> vec3f {
  let n = p / vec2f(0.72, 0.92);
  let normal = vec3f(n, sqrt(max(1.0 - dot(n, n), 0.0)));
  let light = 0.66 + 0.52 * max(dot(normalize(normal), normalize(face.light)), 0.0);
  let lit = canvas * mix(1.0, light, solid);
  return saturate(((lit - 0.5) * face.contrast + 0.5 + face.exposure) * face.tint + face.grain * grain);
}

fn paintPicture(at: vec2f, grain: vec3f) -> vec3f {
  let upright = (at - face.shift) / face.zoom;
  let p = vec2f(dot(upright, face.roll), dot(upright, vec2f(-face.roll.y, face.roll.x)));
  pixel = 2.0 / (f32(params.side) * face.zoom);
  solid = 0.0;
  let head = headDistance(p);
  paintWall(at);
  paintBack(p, upright, head);
  paintHead(p, head);
  // A turned head: the features shift, most at the center of the face, and not at all at its edge.
  let rim = p / vec2f(0.68, 0.85);
  let f = p - face.turn * max(1.0 - dot(rim, rim), 0.0);
  let outward = select(-1.0, 1.0, f.x > 0.0);
  let m = vec2f(abs(f.x), f.y);
  paintSkin(f, m);
  paintBeard(f, m, head);
  paintNose(f, m);
  paintMouth(f);
  paintEye(m, outward);
  paintHair(p, head);
  paintBrow(m, outward);
  paintGlasses(f, m);
  return develop(p, grain);
}

const RUN = 16u; // pixels per thread
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let area = params.side * params.side;
  let runs = (area + RUN - 1u) / RUN;
  let thread = id.x + id.y * groups.x * 64u;
  let n = thread / runs;
  if (n >= params.count) { return; }
  let number = first[0] + n;
  throwDice(number);
  let start = (thread % runs) * RUN;
  let noise = hash(params.seed ^ hash(number + 77u));
  for (var i = start; i < min(start + RUN, area); i++) {
    let at = (vec2f(vec2u(i % params.side, i / params.side)) + 0.5) * 2.0 / f32(params.side) - 1.0;
    let bits = hash(i + noise);
    let grain = vec3f(unit(bits), unit(hash(bits)), unit(hash(bits + 1u))) * 2.0 - 1.0;
    let color = paintPicture(vec2f(at.x, -at.y), grain);
    let o = 3u * (n * area + i);
    images[o] = color.r;
    images[o + 1u] = color.g;
    images[o + 2u] = color.b;
  }
  if (start == 0u) { labels[n] = face.label; }
}
