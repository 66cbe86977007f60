/** The result of a regression: a number, with how far off such numbers typically are. */

import { numbers } from "./chance.js";
import { element, svgElement } from "./dom.js";
import { fact, spoken } from "./result.js";
import { marker, percent, picture, text } from "./scale.js";

/** Return what is said and drawn of an answer. */
export function drawValue({ target: { name } }, answer) {
  const number = numbers(answer.typical_error);
  const [given, error, usual] = [answer.value, answer.typical_error, answer.base_value].map(number);
  return {
    headline: [
      element("span", { className: "label" }, name, spoken(": ")),
      element("strong", {}, given, spoken(", ")),
      element("span", {}, given === usual ? "as is usual" : `where ${usual} is usual`),
    ],
    remark: `Typically off by ${error}.`,
    details: [
      drawNumber(answer, { given: `${name} ${given}, give or take ${error}`, usual: `usual ${usual}` }, number),
      element(
        "dl",
        {},
        ...fact("Expected value", given),
        ...fact("Typical error, on rows held out of training", error),
        ...fact("Usual, the mean of the training rows", usual),
      ),
    ],
  };
}

/** Draw a value as a dot within its typical error, the usual value as a marker. */
function drawNumber({ value, typical_error: error, base_value: usual }, texts, write) {
  const reach = 1.1 * Math.max(3 * error, Math.abs(value - usual) + error) || 1;
  const [start, end] = [usual - reach, usual + reach];
  const at = (number) => (number - start) / (end - start);
  return picture(
    `${texts.given}; ${texts.usual}`,
    svgElement("rect", {
      class: "error-band",
      x: percent(at(value - error)),
      y: 32,
      width: percent(at(value + error) - at(value - error)),
      height: 20,
      rx: 4,
    }),
    ...marker(at(usual), texts.usual),
    svgElement("circle", { class: "bar", cx: percent(at(value)), cy: 42, r: 7 }),
    ...[start, usual, end].map((number) => text(at(number), 82, "tick", write(number))),
  );
}
