// What keeps people out of a page on a phone: targets too small for thumbs, and the rules of WCAG that a browser can check.
import axe, { type AxeResults } from "axe-core";
import type { Page } from "playwright-core";

const TOUCH_MIN = 44;

/**
 * What a thumb would miss, or an eye would have to look for sideways. Links inside a sentence are exempt (WCAG 2.2,
 * 2.5.8). Runs in the page, so it is a text here.
 */
export const MISSED_BY_THUMBS = `(() => {
  const small = [...document.querySelectorAll("nav a, header a, header summary, main a, main button, main summary, main select, main input")]
    .filter((each) => each.closest("p, .crumbs, .sheet-vouchers, .skip, [hidden]") === null)
    .filter((each) => !/hidden|checkbox|radio/.test(each.type))
    .map((each) => ({ text: each.textContent.trim() || each.name, box: each.getBoundingClientRect() }))
    .filter(({ box }) => box.width > 0 && box.height < ${TOUCH_MIN})
    .map(({ text, box }) => text + ": " + Math.round(box.height) + " px high");
  const wide = document.documentElement.scrollWidth;
  return wide > innerWidth ? [...small, wide + " px wide"] : small;
})()`;

/** The rules of WCAG 2.2, A and AA, with the size of what is pressed. */
const ACCESSIBILITY = {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
  resultTypes: ["violations"],
};

/** What keeps somebody out who does not see, hold or read as others do: each with the place on the page. */
export async function barriersOn(page: Page): Promise<string[]> {
  // Past the page's own policy, which lets nothing foreign run in it.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>(`axe.run(${JSON.stringify(ACCESSIBILITY)})`);
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target, html }) => `${id}: ${String(target)}: ${html}`));
}
