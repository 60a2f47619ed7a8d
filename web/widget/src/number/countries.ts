/** Countries and their dial codes (ITU-T E.164 assignments, by ISO 3166 code), and a guess at the visitor's. */

import type { Words } from "../words.ts";
import { ascii, isInternational } from "./number.ts";

const DIAL =
  "AC247AD376AE971AF93AG1AI1AL355AM374AO244AR54AS1AT43AU61AW297AX358AZ994BA387BB1BD880BE32BF226BG359BH973BI257BJ229" +
  "BL590BM1BN673BO591BQ599BR55BS1BT975BW267BY375BZ501CA1CC61CD243CF236CG242CH41CI225CK682CL56CM237CN86CO57CR506CU53" +
  "CV238CW599CX61CY357CZ420DE49DJ253DK45DM1DO1DZ213EC593EE372EG20EH212ER291ES34ET251FI358FJ679FK500FM691FO298FR33" +
  "GA241GB44GD1GE995GF594GG44GH233GI350GL299GM220GN224GP590GQ240GR30GT502GU1GW245GY592HK852HN504HR385HT509HU36ID62" +
  "IE353IL972IM44IN91IO246IQ964IR98IS354IT39JE44JM1JO962JP81KE254KG996KH855KI686KM269KN1KP850KR82KW965KY1KZ7LA856" +
  "LB961LC1LI423LK94LR231LS266LT370LU352LV371LY218MA212MC377MD373ME382MF590MG261MH692MK389ML223MM95MN976MO853MP1" +
  "MQ596MR222MS1MT356MU230MV960MW265MX52MY60MZ258NA264NC687NE227NF672NG234NI505NL31NO47NP977NR674NU683NZ64OM968" +
  "PA507PE51PF689PG675PH63PK92PL48PM508PR1PS970PT351PW680PY595QA974RE262RO40RS381RU7RW250SA966SB677SC248SD249SE46" +
  "SG65SH290SI386SJ47SK421SL232SM378SN221SO252SR597SS211ST239SV503SX1SY963SZ268TA290TC1TD235TG228TH66TJ992TK690" +
  "TL670TM993TN216TO676TR90TT1TV688TW886TZ255UA380UG256US1UY598UZ998VA39VC1VE58VG1VI1VN84VU678WF681WS685XK383" +
  "YE967YT262ZA27ZM260ZW263";

export interface Country {
  code: string;
  dial: string;
  name: string;
}

/** The countries that are served (all, where the list is empty), by their names in the visitor's language. */
export function countries(served: readonly string[], { locale }: Words): Country[] {
  const names = new Intl.DisplayNames(locale, { type: "region" });
  const { compare } = new Intl.Collator(locale);
  return [...DIAL.matchAll(/([A-Z]{2})(\d+)/g)]
    .map(([, code, dial]) => ({ code: code!, dial: dial!, name: names.of(code!) ?? code! }))
    .filter(({ code }) => !served.length || served.includes(code))
    .sort((a, b) => compare(a.name, b.name));
}

/** The country of a number written with its dial code; of several that share it, the one that is chosen already. */
export function countryOf(digits: string, all: readonly Country[], chosen: string): Country | undefined {
  const fits = all.filter(({ dial }) => digits.startsWith(dial)).sort((a, b) => b.dial.length - a.dial.length);
  const same = fits.filter(({ dial }) => dial === fits[0]!.dial);
  return (
    same.find(({ code }) => code === chosen) ?? same.find(({ code }) => /US|GB|RU|IT|NO|FI|AU|MA/.test(code)) ?? same[0]
  );
}

/** The country that a text names by a dial code of its own. */
export function writtenIn(text: string, all: readonly Country[], chosen: string): Country | undefined {
  const digits = isInternational(text) ? ascii(text).replace(/\D/g, "").replace(/^00/, "") : "";
  return digits ? countryOf(digits, all, chosen) : undefined;
}

/** Where the visitor seems to be: as the server guessed, else by their time zone, else by their language. */
export function guess(server: string | null | undefined, all: readonly Country[]): string {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const languages = navigator.languages.map((language) => new Intl.Locale(language).region);
  const candidates = [server, all.find(({ code }) => zonesOf(code).includes(zone))?.code, ...languages];
  return candidates.find((code) => all.some((country) => country.code === code)) ?? all[0]?.code ?? "";
}

/** The time zones of a country, where the browser knows them. */
function zonesOf(code: string): readonly string[] {
  const locale = new Intl.Locale(`und-${code}`) as Intl.Locale & { getTimeZones?(): string[]; timeZones?: string[] };
  return locale.getTimeZones?.() ?? locale.timeZones ?? [];
}
