//! How this server was started: every setting with its value, and where that comes from.

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

/// Where a setting comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Somebody wrote it on the command line.
    Flag,
    /// The environment of the process.
    Environment,
    /// Nobody said anything else.
    Default,
    /// The data directory, as it was made.
    Data,
    /// The program itself.
    Program,
}

impl Source {
    /// Every source.
    pub const ALL: [Source; 5] =
        [Source::Flag, Source::Environment, Source::Default, Source::Data, Source::Program];

    /// Its name in the interfaces.
    pub const fn code(self) -> &'static str {
        match self {
            Source::Flag => "flag",
            Source::Environment => "environment",
            Source::Default => "default",
            Source::Data => "data",
            Source::Program => "program",
        }
    }
}

/// What a setting is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Unset,
    /// A secret, or where one is, which nobody is shown.
    Secret,
    /// This, or these.
    Shown(Vec<String>),
}

/// A setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// What it is called on the command line, such as `listen`.
    pub name: String,
    /// The variable of the environment that may set it.
    pub variable: Option<String>,
    /// What it is.
    pub value: Value,
    /// Where that comes from.
    pub source: Source,
}

/// The settings of a command that was called.
pub fn of(command: &Command, matches: &ArgMatches) -> Vec<Setting> {
    let named = |it: &&clap::Arg| it.get_long().is_some_and(|it| it != "help" && it != "json");
    let settings = command.get_arguments().filter(named).map(|it| {
        let id = it.get_id().as_str();
        let name = it.get_long().unwrap_or_default().to_owned();
        let texts = matches.get_raw(id).into_iter().flatten();
        let texts: Vec<String> = texts.map(|it| plain(&it.to_string_lossy())).collect();
        let value = if texts.is_empty() {
            Value::Unset
        } else if ["secret", "key", "password"].iter().any(|it| name.ends_with(it)) {
            Value::Secret
        } else {
            Value::Shown(texts)
        };
        let source = match matches.value_source(id) {
            Some(ValueSource::CommandLine) => Source::Flag,
            Some(ValueSource::EnvVariable) => Source::Environment,
            Some(_) | None => Source::Default,
        };
        let variable = it.get_env().map(|it| it.to_string_lossy().into_owned());
        Setting { name, variable, value, source }
    });
    settings.collect()
}

/// A value without the name and password that an address may have.
fn plain(text: &str) -> String {
    match text.split_once("://") {
        Some((scheme, rest)) => {
            let (host, path) = rest.split_once('/').map_or((rest, None), |it| (it.0, Some(it.1)));
            let host = host.rsplit('@').next().unwrap_or(host);
            let path = path.map(|it| format!("/{it}")).unwrap_or_default();
            format!("{scheme}://{host}{path}")
        }
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Arg;

    fn read(words: &[&str]) -> Vec<Setting> {
        let command = || {
            Command::new("serve")
                .arg(Arg::new("listen").long("listen").default_value("127.0.0.1:8080"))
                .arg(Arg::new("bank").long("bank").action(clap::ArgAction::Append))
                .arg(Arg::new("bank_secret").long("bank-secret"))
                .arg(Arg::new("memory").long("memory").env("DANBAO_TEST_NEVER_SET"))
        };
        of(&command(), &command().get_matches_from(words))
    }

    fn one<'a>(all: &'a [Setting], name: &str) -> &'a Setting {
        all.iter().find(|it| it.name == name).unwrap()
    }

    #[test]
    fn every_setting_says_where_it_comes_from_and_no_secret_is_shown() {
        let words = [
            "serve",
            "--bank",
            "icbc=http://me:word@bank.test/a",
            "--bank",
            "http://b.test",
            "--bank-secret",
            "/run/secret",
        ];
        let all = read(&words);
        let shown = |it: &[&str]| Value::Shown(it.iter().map(|it| (*it).to_owned()).collect());
        assert_eq!(one(&all, "listen").value, shown(&["127.0.0.1:8080"]));
        assert_eq!(one(&all, "listen").source, Source::Default);
        assert_eq!(one(&all, "bank").value, shown(&["icbc=http://bank.test/a", "http://b.test"]));
        assert_eq!(one(&all, "bank").source, Source::Flag);
        assert_eq!(one(&all, "bank-secret").value, Value::Secret);
        assert_eq!(one(&all, "memory").value, Value::Unset);
        assert_eq!(one(&all, "memory").variable.as_deref(), Some("DANBAO_TEST_NEVER_SET"));
        let told = format!("{all:?}");
        assert!(!told.contains("word") && !told.contains("/run/secret"), "{told}");
    }
}
