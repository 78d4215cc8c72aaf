//! Makes two tables at build time: the words of the pages, and the files that pages load.
//!
//! Words stand in `words/*.toml`, each key with its Chinese beside its English. Each becomes a
//! function whose parameters are its placeholders, so a key that is missing, a language that is
//! missing or a placeholder that only one language has does not compile. Files stand in
//! `assets/web`; their addresses have a digest of their content, so they can be kept for ever, and
//! texts among them are compressed here, once.

use flate2::Compression;
use flate2::write::GzEncoder;
use std::collections::BTreeMap;
use std::error::Error;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

type Done<T> = Result<T, Box<dyn Error>>;

fn main() -> Done<()> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let home = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    for watched in ["build.rs", "words", "assets/web"] {
        println!("cargo::rerun-if-changed={watched}");
    }
    fs::write(out.join("words.rs"), words(&home.join("words"))?)?;
    fs::write(out.join("assets.rs"), assets(&home.join("assets/web"), &out)?)?;
    Ok(())
}

/// The files of a folder, in the order of their names.
fn files(folder: &Path) -> Done<Vec<PathBuf>> {
    let paths = fs::read_dir(folder)?.map(|it| it.map(|it| it.path()));
    let mut paths = paths.collect::<Result<Vec<_>, _>>()?;
    paths.retain(|it| it.is_file());
    paths.sort();
    Ok(paths)
}

fn stem(path: &Path) -> Done<&str> {
    path.file_stem().and_then(|it| it.to_str()).ok_or_else(|| "a file without a name".into())
}

/// A sentence in both languages, and in English for exactly one of its first placeholder.
struct Sentence {
    zh: String,
    en: String,
    one: Option<String>,
}

fn words(folder: &Path) -> Done<String> {
    let mut out = String::new();
    for path in files(folder)?.iter().filter(|it| it.extension().is_some_and(|it| it == "toml")) {
        let area = stem(path)?;
        let table: BTreeMap<String, BTreeMap<String, String>> =
            toml::from_str(&fs::read_to_string(path)?)
                .map_err(|error| format!("words/{area}.toml: {error}"))?;
        let mut sentences = BTreeMap::new();
        for (key, mut said) in table {
            let mut take = |name: &str| {
                let missing = || format!("words/{area}.toml: [{key}] has no {name}");
                said.remove(name).ok_or_else(missing)
            };
            let (zh, en) = (take("zh")?, take("en")?);
            let one = take("one").ok();
            if let Some(more) = said.keys().next() {
                return Err(format!("words/{area}.toml: [{key}] has {more}").into());
            }
            sentences.insert(key, Sentence { zh, en, one });
        }
        area_of(area, &sentences, &mut out)?;
    }
    Ok(out)
}

/// One area's words, as a type with a function for each.
fn area_of(area: &str, sentences: &BTreeMap<String, Sentence>, out: &mut String) -> Done<()> {
    let name: String = area.split('_').map(capital).collect();
    writeln!(out, "/// The words of `words/{area}.toml`.")?;
    writeln!(out, "#[derive(Clone, Copy, Debug)]\npub struct {name}(pub Lang);")?;
    writeln!(out, "impl {name} {{")?;
    let mut plain = String::new();
    for (key, it) in sentences {
        let places = places(&it.zh);
        let mut sorted = (places.clone(), crate::places(&it.en));
        sorted.0.sort();
        sorted.1.sort();
        if sorted.0 != sorted.1 {
            return Err(format!("words/{area}.toml: [{key}] differs in placeholders").into());
        }
        writeln!(out, "    /// {}", it.en.replace('\n', " "))?;
        if places.is_empty() {
            writeln!(plain, "            {key:?} => Some(self.{key}()),")?;
            let (zh, en) = (&it.zh, &it.en);
            writeln!(out, "    pub fn {key}(self) -> &'static str {{")?;
            writeln!(out, "        match self.0 {{ Lang::Zh => {zh:?}, Lang::En => {en:?} }}")?;
        } else {
            let parameters: Vec<String> =
                places.iter().map(|it| format!("{it}: impl Display")).collect();
            writeln!(out, "    pub fn {key}(self, {}) -> String {{", parameters.join(", "))?;
            writeln!(out, "        match self.0 {{")?;
            writeln!(out, "            Lang::Zh => format!({:?}),", it.zh)?;
            if let Some(one) = &it.one {
                let first = &places[0];
                writeln!(
                    out,
                    "            Lang::En if {first}.to_string() == \"1\" => format!({one:?}),"
                )?;
            }
            writeln!(out, "            Lang::En => format!({:?}),", it.en)?;
            writeln!(out, "        }}")?;
        }
        writeln!(out, "    }}")?;
    }
    writeln!(out, "    /// The words with this key, if they have no placeholder.")?;
    writeln!(out, "    pub fn named(self, key: &str) -> Option<&'static str> {{")?;
    writeln!(out, "        match key {{\n{plain}            _ => None,\n        }}\n    }}\n}}")?;
    Ok(())
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map_or_else(String::new, |it| it.to_ascii_uppercase().to_string() + letters.as_str())
}

/// The names between braces, in the order in which they come first.
fn places(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for piece in text.split('{').skip(1) {
        let name = piece.split('}').next().unwrap_or_default().to_owned();
        if !found.contains(&name) {
            found.push(name);
        }
    }
    found
}

fn assets(folder: &Path, packed: &Path) -> Done<String> {
    let mut out = String::from("static ASSETS: &[Asset] = &[\n");
    for path in files(folder)? {
        let name = path.file_name().and_then(|it| it.to_str()).unwrap_or_default();
        let Some((kind, text)) = kind_of(name) else { continue };
        let bytes = fs::read(&path)?;
        let (stem, end) = name.split_once('.').unwrap_or((name, ""));
        let digest = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let served =
            if text { pack(&bytes, &packed.join(format!("{name}.gz")))? } else { path.clone() };
        let served = served.display().to_string();
        writeln!(
            out,
            "    Asset {{ name: {name:?}, address: \"/assets/{stem}-{digest:016x}.{end}\", \
             kind: {kind:?}, packed: {text}, bytes: include_bytes!({served:?}) }},"
        )?;
    }
    out.push_str("];\n");
    Ok(out)
}

/// Compresses a file into another, whose path is the answer.
fn pack(bytes: &[u8], into: &Path) -> Done<PathBuf> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(bytes)?;
    fs::write(into, packer.finish()?)?;
    Ok(into.to_owned())
}

/// The type of what is served, and whether it is text; licences and notes beside it are not served.
fn kind_of(name: &str) -> Option<(&'static str, bool)> {
    let (_, end) = name.rsplit_once('.')?;
    Some(match end {
        "css" => ("text/css; charset=utf-8", true),
        "js" => ("text/javascript; charset=utf-8", true),
        "svg" => ("image/svg+xml", true),
        "png" => ("image/png", false),
        "ico" => ("image/x-icon", false),
        "webmanifest" => ("application/manifest+json", true),
        _ => return None,
    })
}
