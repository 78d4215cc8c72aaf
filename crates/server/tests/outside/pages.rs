//! The pages in a real browser. The scripts are in `tests/browser`; they start the program
//! themselves, because some of them kill it.

use std::path::Path;
use std::process::Command;

#[test]
fn the_pages_do_in_a_browser_what_they_promise() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let chromium =
        std::env::var("DANBAO_CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".to_owned());
    let modules = root.join("../../node_modules/playwright-core");
    assert!(
        Path::new(&chromium).exists() && modules.exists(),
        "`cargo xtask test` installs what this needs (xtask/needs.toml). By hand: \
         apt-get install chromium fonts-noto-cjk nodejs npm, and in the repository \
         npm install --no-save playwright-core@1.65.1 axe-core@4.14.1"
    );
    let done = Command::new("node")
        .args(["--test-reporter=spec", "tests/browser/run.mjs"])
        .current_dir(root)
        .env("DANBAO_BIN", env!("CARGO_BIN_EXE_danbao"))
        .output()
        .unwrap();
    let (said, errors) = (&done.stdout, &done.stderr);
    let said = format!("{}{}", String::from_utf8_lossy(said), String::from_utf8_lossy(errors));
    assert!(done.status.success(), "{said}");
    println!("{said}");
}
