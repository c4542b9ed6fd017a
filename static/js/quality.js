// @ts-check
// How good the cameras are. The server has written all of it; the frame is kept current.

import { Devices } from "devices";
import { Page } from "page";
import { Shell } from "shell";

const page = new Page();
new Shell(page);
new Devices(page);
page.start();
