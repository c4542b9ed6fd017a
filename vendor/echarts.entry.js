// What the pages may draw with. Every name is spelled out: `export *` from echarts/core keeps all of the
// library in the bundle. The core itself registers the locales "EN" and "ZH".
import { use } from "echarts/core";
import { LineChart, ScatterChart } from "echarts/charts";
import {
  AxisPointerComponent,
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  MarkAreaComponent,
  MarkLineComponent,
  TooltipComponent,
} from "echarts/components";
import { CanvasRenderer } from "echarts/renderers";

use([
  AxisPointerComponent,
  CanvasRenderer,
  DataZoomComponent,
  GridComponent,
  LegendComponent,
  LineChart,
  MarkAreaComponent,
  MarkLineComponent,
  ScatterChart,
  TooltipComponent,
]);

export {
  connect,
  disconnect,
  dispose,
  getInstanceByDom,
  graphic,
  init,
  registerLocale,
  registerTheme,
  use,
  version,
} from "echarts/core";
