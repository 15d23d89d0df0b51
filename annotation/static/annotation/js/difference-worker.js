// Entry module of the worker that compares two responses.

import { differencesOf } from "./text-differences.js";

onmessage = ({ data: [textsA, textsB] }) => postMessage(differencesOf(textsA, textsB));
