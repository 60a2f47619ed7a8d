/** Searches beside the page, so that the window stays quick. */

import { search } from "./search.ts";

onmessage = ({ data }) => postMessage(search(data, 0, data.maxnumber));
