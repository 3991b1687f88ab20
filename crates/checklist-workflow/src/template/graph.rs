//! The order of steps as a graph: what each step needs, and the circles nobody could leave.

/// Circles reported for one template; mending one usually mends the others.
const CIRCLES_MAX: usize = 10;

/// Circles among the nodes of a graph, each as the nodes on it in order, none of them twice.
///
/// `needs[n]` lists the nodes that `n` waits for. Depth-first search with three colours (Cormen et al.,
/// "Introduction to Algorithms", §22.3) and a stack of its own, so that a chain of 10,000 steps needs no recursion.
/// Linear in nodes and edges. A graph with circles yields at least one.
pub(crate) fn circles(needs: &[Vec<usize>]) -> Vec<Vec<usize>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Colour {
        New,
        OnPath,
        Left,
    }
    let mut colours = vec![Colour::New; needs.len()];
    let mut reported = vec![false; needs.len()];
    let mut circles = Vec::new();
    for root in 0..needs.len() {
        if colours[root] != Colour::New {
            continue;
        }
        let mut path = vec![(root, 0)];
        colours[root] = Colour::OnPath;
        while let Some((node, edge)) = path.last_mut() {
            let Some(next) = needs[*node].get(*edge).copied() else {
                colours[*node] = Colour::Left;
                path.pop();
                continue;
            };
            *edge += 1;
            match colours[next] {
                Colour::New => {
                    colours[next] = Colour::OnPath;
                    path.push((next, 0));
                }
                Colour::OnPath if !reported[next] && circles.len() < CIRCLES_MAX => {
                    let start = path.iter().position(|(node, _)| *node == next).expect("it is on the path");
                    let circle: Vec<usize> = path[start..].iter().map(|(node, _)| *node).collect();
                    circle.iter().for_each(|node| reported[*node] = true);
                    circles.push(circle);
                }
                Colour::OnPath | Colour::Left => {}
            }
        }
    }
    circles
}

#[cfg(test)]
mod tests {
    use super::circles;

    #[test]
    fn finds_circles_and_only_circles() {
        assert!(circles(&[vec![], vec![0], vec![0, 1], vec![1, 2]]).is_empty());
        assert_eq!(circles(&[vec![0]]), [[0]]);
        assert_eq!(circles(&[vec![1], vec![2], vec![0], vec![0]]), [[0, 1, 2]]);
        assert_eq!(circles(&[vec![1], vec![0], vec![3], vec![2]]), [vec![0, 1], vec![2, 3]]);
        let long: Vec<_> = (0..50_000).map(|node: usize| vec![(node + 1) % 50_000]).collect();
        assert_eq!(circles(&long)[0].len(), 50_000);
    }
}
