// What the pages use of the vendored ECharts; its own types are not shipped.
export interface Chart {
  group: string;
  on(event: "updateAxisPointer", listen: (event: { axesInfo?: { value: number }[] }) => void): void;
  setOption(option: object, how?: object): void;
  resize(): void;
  dispose(): void;
}
export function init(element: HTMLElement, theme: object | string | null, options: object): Chart;
export function connect(group: string): void;
