use crate::documents::qr::{TooLong, svg};

/// How many points of the picture a module has.
const POINTS: usize = 3;

/// The picture that a browser would show: whether each of its modules is dark.
fn modules(svg: &str) -> Vec<Vec<bool>> {
    let between = |from: &str, to: &str| {
        let (_, rest) = svg.split_once(from).unwrap();
        rest.split_once(to).unwrap().0.to_owned()
    };
    let side: usize = between("viewBox=\"0 0 ", " ").parse().unwrap();
    let mut modules = vec![vec![false; side]; side];
    let path = between("class=\"qr-ink\" fill=\"#000\" d=\"", "\"");
    for run in path.split_terminator('z') {
        let (place, rest) = run.trim_start_matches('M').split_once('h').unwrap();
        let (x, y) = place.split_once(' ').unwrap();
        let (x, y): (usize, usize) = (x.parse().unwrap(), y.parse().unwrap());
        let long: usize = rest.split_once('v').unwrap().0.parse().unwrap();
        modules[y][x..x + long].fill(true);
    }
    modules
}

fn read(svg: &str) -> String {
    let modules = modules(svg);
    let side = modules.len() * POINTS;
    let mut picture = rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| {
        if modules[y / POINTS][x / POINTS] { 0 } else { 255 }
    });
    let grids = picture.detect_grids();
    assert_eq!(grids.len(), 1);
    grids[0].decode().unwrap().1
}

#[test]
fn a_reader_reads_what_was_drawn() {
    let long = "x".repeat(1_000);
    let texts = [
        "https://danbao.example/pay/ord_01abcdefghijklmnopqrstuvwx",
        "otpauth://totp/Danbao:%E5%BC%A0%E4%B8%89?secret=JBSWY3DPEHPK3PXP&issuer=Danbao",
        "担保：收款码",
        "1",
        &long,
    ];
    for text in texts {
        assert_eq!(read(&svg(text, "code").unwrap()), text);
    }
}

#[test]
fn four_modules_of_paper_are_left_on_every_side() {
    let modules = modules(&svg("https://danbao.example", "code").unwrap());
    let side = modules.len();
    for (y, row) in modules.iter().enumerate() {
        for (x, dark) in row.iter().enumerate() {
            let inside = (4..side - 4).contains(&x) && (4..side - 4).contains(&y);
            assert!(inside || !dark, "{x} {y}");
        }
    }
    assert!(modules[4][4] && modules[4][side - 5] && modules[side - 5][4]);
}

#[test]
fn a_name_stays_inside_its_attribute() {
    let picture = svg("1", "\"><script>&").unwrap();
    assert!(picture.contains("aria-label=\"&quot;&gt;&lt;script&gt;&amp;\""));
    assert!(!picture.contains("style"));
}

#[test]
fn too_much_text_is_refused() {
    assert_eq!(svg(&"x".repeat(3_000), "code"), Err(TooLong));
}
