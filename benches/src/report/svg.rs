//! `Chart`: lines over two axes, as an SVG file that needs no other program to be drawn.

use std::fmt::Write as _;

/// One line of a chart.
#[derive(Clone, Debug)]
pub struct Series {
    /// What it is called in the legend.
    pub name: String,
    /// Whether it is drawn thick: what the chart is about.
    pub is_ours: bool,
    /// Whether it is drawn dashed: a bound and no competitor.
    pub is_floor: bool,
    /// Its points, by x.
    pub points: Vec<(f64, f64)>,
}

/// One axis.
#[derive(Clone, Debug)]
pub struct Axis {
    /// What it says, with the unit.
    pub label: &'static str,
    /// Whether each step multiplies.
    pub is_logarithmic: bool,
}

/// A chart.
#[derive(Clone, Debug)]
pub struct Chart {
    /// What it shows.
    pub title: String,
    /// Left to right.
    pub x: Axis,
    /// Bottom to top.
    pub y: Axis,
    /// Its lines.
    pub series: Vec<Series>,
}

const WIDTH: f64 = 1_010.0;
const HEIGHT: f64 = 520.0;
const LEFT: f64 = 84.0;
const RIGHT: f64 = 380.0;
const TOP: f64 = 46.0;
const BOTTOM: f64 = 60.0;
/// Ours are drawn in these.
const OURS: [&str; 2] = ["#000000", "#b00020"];
/// Told apart by people who do not see all colours (Okabe and Ito, "Color Universal Design", 2008), and repeated.
const COLOURS: [&str; 8] =
    ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#8a8a00", "#666666"];

/// Where the values of an axis are drawn.
struct Scale {
    is_logarithmic: bool,
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Scale {
    /// The scale that shows all of `values` between the coordinates `from` and `to`.
    fn of(axis: &Axis, values: impl Iterator<Item = f64>, from: f64, to: f64) -> Scale {
        let is_logarithmic = axis.is_logarithmic;
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.filter(|value| value.is_finite() && (!is_logarithmic || *value > 0.0)) {
            (low, high) = (low.min(value), high.max(value));
        }
        if low > high {
            (low, high) = (1.0, 10.0);
        }
        if is_logarithmic {
            (low, high) = (low.log10(), high.log10());
            let margin = ((high - low) * 0.04).max(0.05);
            (low, high) = (low - margin, high + margin);
        } else {
            low = low.min(0.0);
            high = if high > low { high } else { low + 1.0 };
        }
        Scale { is_logarithmic, low, high, from, to }
    }

    fn place(&self, value: f64) -> f64 {
        let value = if self.is_logarithmic { value.max(f64::MIN_POSITIVE).log10() } else { value };
        let share = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        self.from + share * (self.to - self.from)
    }

    /// Values at which the axis has a mark.
    fn marks(&self) -> Vec<f64> {
        if !self.is_logarithmic {
            return (0..=5).map(|step| self.low + (self.high - self.low) * f64::from(step) / 5.0).collect();
        }
        let decades = self.low.floor() as i32..=self.high.ceil() as i32;
        // A narrow axis needs marks within its decades.
        let within: &[f64] = if self.high - self.low < 2.5 { &[1.0, 2.0, 5.0] } else { &[1.0] };
        let all = decades.flat_map(|decade| within.iter().map(move |step| step * 10_f64.powi(decade)));
        all.filter(|mark| (self.low..=self.high).contains(&mark.log10())).collect()
    }
}

/// `1.5M`, `20k`, `7`, `0.25`.
fn short(value: f64) -> String {
    match value.abs() {
        big if big >= 1e6 => format!("{}M", trimmed(value / 1e6)),
        big if big >= 1e3 => format!("{}k", trimmed(value / 1e3)),
        _ => trimmed(value),
    }
}

fn trimmed(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

impl Chart {
    /// The file.
    #[must_use]
    pub fn render(&self) -> String {
        let all = || self.series.iter().flat_map(|series| &series.points);
        let x = Scale::of(&self.x, all().map(|(x, _)| *x), LEFT, WIDTH - RIGHT);
        let y = Scale::of(&self.y, all().map(|(_, y)| *y), HEIGHT - BOTTOM, TOP);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" \
             font-family=\"sans-serif\" font-size=\"13\">\n\
             <rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"white\"/>\n"
        );
        self.axes(&mut svg, &x, &y);
        for (number, series) in self.series.iter().enumerate() {
            line(&mut svg, series, COLOURS[number % COLOURS.len()], number, &x, &y);
        }
        svg.push_str("</svg>\n");
        svg
    }

    fn axes(&self, svg: &mut String, x: &Scale, y: &Scale) {
        let (right, bottom) = (WIDTH - RIGHT, HEIGHT - BOTTOM);
        let title = escaped(&self.title);
        text(
            svg,
            (LEFT, 26.0),
            "start",
            &format!("<tspan font-size=\"16\" font-weight=\"bold\">{title}</tspan>"),
        );
        for mark in x.marks() {
            let at = x.place(mark);
            rule(svg, (at, TOP), (at, bottom));
            text(svg, (at, bottom + 20.0), "middle", &short(mark));
        }
        for mark in y.marks() {
            let at = y.place(mark);
            rule(svg, (LEFT, at), (right, at));
            text(svg, (LEFT - 8.0, at + 4.0), "end", &short(mark));
        }
        text(svg, (f64::midpoint(LEFT, right), HEIGHT - 14.0), "middle", &escaped(self.x.label));
        let middle = f64::midpoint(TOP, bottom);
        let _ = writeln!(
            svg,
            "<text transform=\"translate(22 {middle}) rotate(-90)\" text-anchor=\"middle\">{}</text>",
            escaped(self.y.label)
        );
    }
}

fn rule(svg: &mut String, (x1, y1): (f64, f64), (x2, y2): (f64, f64)) {
    let _ = writeln!(
        svg,
        "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"#dddddd\"/>"
    );
}

fn text(svg: &mut String, (x, y): (f64, f64), anchor: &str, content: &str) {
    let _ = writeln!(svg, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{content}</text>");
}

/// Draws a line with its points, and its name in the legend.
fn line(svg: &mut String, series: &Series, colour: &str, number: usize, x: &Scale, y: &Scale) {
    let (width, colour) = if series.is_ours { (3.5, OURS[number % OURS.len()]) } else { (1.6, colour) };
    let dashes = if series.is_floor { " stroke-dasharray=\"6 4\"" } else { "" };
    let places: Vec<(f64, f64)> =
        series.points.iter().map(|(at, value)| (x.place(*at), y.place(*value))).collect();
    let path: Vec<String> = places.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let stroke = format!("stroke=\"{colour}\" stroke-width=\"{width}\"{dashes}");
    let _ = writeln!(svg, "<polyline points=\"{}\" fill=\"none\" {stroke}/>", path.join(" "));
    if places.len() < 10 {
        for (x, y) in &places {
            let _ = writeln!(svg, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{width}\" fill=\"{colour}\"/>");
        }
    }
    let (left, top) = (WIDTH - RIGHT + 16.0, TOP + 10.0 + 20.0 * number as f64);
    let _ = writeln!(svg, "<line x1=\"{left}\" y1=\"{top}\" x2=\"{}\" y2=\"{top}\" {stroke}/>", left + 26.0);
    text(
        svg,
        (left + 34.0, top + 4.0),
        "start",
        &format!("<tspan font-size=\"11\">{}</tspan>", escaped(&series.name)),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(points: Vec<(f64, f64)>) -> String {
        let axis = Axis { label: "threads", is_logarithmic: true };
        let series = Series { name: "a <b>".to_owned(), is_ours: true, is_floor: false, points };
        Chart { title: "t & u".to_owned(), x: axis.clone(), y: axis, series: vec![series] }.render()
    }

    #[test]
    fn a_chart_draws_every_point_and_escapes_names() {
        let svg = chart(vec![(1.0, 10.0), (4.0, 100.0), (16.0, 1_000.0)]);
        assert_eq!(svg.matches("<circle").count(), 3);
        assert!(svg.contains("a &lt;b>") && svg.contains("t &amp; u"), "{svg}");
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }

    #[test]
    fn a_chart_without_points_is_drawn_all_the_same() {
        assert!(chart(Vec::new()).ends_with("</svg>\n"));
        assert!(!chart(vec![(0.0, f64::NAN)]).contains("NaN\""));
    }
}
