// What the pages use of the vendored ECharts; its own types are not shipped.
export interface Chart {
  group: string;
  setOption(option: object, how?: object): void;
  resize(): void;
  dispose(): void;
}
export function init(element: HTMLElement, theme: object | string | null, options: object): Chart;
export function connect(group: string): void;
