import type { MetricInfo } from '../metrics/metric.ts';
import type { ReportModel } from '../model.ts';
import { createFigures, type Figures, type Plot } from './plots/figure.ts';
import { seriesStyles, type SeriesStyle } from './plots/series-style.ts';
import type { Html } from './markup.ts';

/** What every part of the page needs beside its own numbers. */
export function createView(model: ReportModel): View {
  const figures: Figures = createFigures();
  const metrics = new Map(model.metrics.map((metric) => [metric.id, metric]));
  return {
    model,
    plots: figures.files,
    styles: seriesStyles(model.methods, model.baseline),
    figure: (plot) => figures.figure(plot),
    metric: (id) => metrics.get(id) ?? null,
  };
}

export interface View {
  readonly model: ReportModel;
  /** The look of each method, the same in all plots. */
  readonly styles: ReadonlyMap<string, SeriesStyle>;
  figure(plot: Plot): Promise<Html>;
  /** Null when this report does not have it. */
  metric(id: string): MetricInfo | null;
  /** What was drawn so far: SVG text by name. */
  readonly plots: ReadonlyMap<string, string>;
}

/** Draws one after the other, so that plots stand in the order in which they are named. */
export async function figures(view: View, plots: readonly (Plot | null)[]): Promise<Html[]> {
  const drawn: Html[] = [];
  for (const plot of plots) if (plot) drawn.push(await view.figure(plot));
  return drawn;
}
