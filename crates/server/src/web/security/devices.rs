//! What a browser says of itself, in the words of people.

use crate::web::words::SecuritySessions;

/// The most characters of a name that nobody has words for.
const NAME_MAX: usize = 60;

/// What a browser or a system is called.
#[derive(Clone, Copy)]
enum Name {
    /// The same in both languages.
    Own(&'static str),
    Said(fn(SecuritySessions) -> &'static str),
}

impl Name {
    fn of(self, w: SecuritySessions) -> &'static str {
        match self {
            Name::Own(name) => name,
            Name::Said(name) => name(w),
        }
    }
}

/// What is in the names of browsers. Many say to be several: the first that is found counts.
const BROWSERS: [(&str, Name); 20] = [
    ("MicroMessenger/", Name::Said(SecuritySessions::browser_wechat)),
    ("AlipayClient/", Name::Said(SecuritySessions::browser_alipay)),
    ("QQBrowser/", Name::Own("QQ")),
    ("UCBrowser/", Name::Own("UC")),
    ("HuaweiBrowser/", Name::Said(SecuritySessions::browser_huawei)),
    ("MiuiBrowser/", Name::Said(SecuritySessions::browser_xiaomi)),
    ("SamsungBrowser/", Name::Said(SecuritySessions::browser_samsung)),
    ("Edg/", Name::Own("Edge")),
    ("EdgA/", Name::Own("Edge")),
    ("EdgiOS/", Name::Own("Edge")),
    ("OPR/", Name::Own("Opera")),
    ("OPX/", Name::Own("Opera")),
    ("Firefox/", Name::Own("Firefox")),
    ("FxiOS/", Name::Own("Firefox")),
    ("CriOS/", Name::Own("Chrome")),
    ("HeadlessChrome/", Name::Own("Chrome")),
    ("Chrome/", Name::Own("Chrome")),
    ("Chromium/", Name::Own("Chrome")),
    ("Version/", Name::Own("Safari")),
    ("Safari/", Name::Own("Safari")),
];
/// What is in them about the system, and whether it is one to carry in a hand.
const SYSTEMS: [(&str, Name, bool); 9] = [
    ("iPhone", Name::Own("iPhone"), true),
    ("iPad", Name::Own("iPad"), true),
    ("HarmonyOS", Name::Said(SecuritySessions::system_harmony), true),
    ("OpenHarmony", Name::Said(SecuritySessions::system_harmony), true),
    ("Android", Name::Said(SecuritySessions::system_android), true),
    ("Windows", Name::Own("Windows"), false),
    ("Macintosh", Name::Own("Mac"), false),
    ("CrOS", Name::Own("Chromebook"), false),
    ("Linux", Name::Own("Linux"), false),
];

/// A device in words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Device {
    pub(super) name: String,
    pub(super) icon: &'static str,
}

/// The device that a browser's own name speaks of.
pub(super) fn device(w: SecuritySessions, seen_from: &str) -> Device {
    let browser = BROWSERS.iter().find(|it| seen_from.contains(it.0));
    let system = SYSTEMS.iter().find(|it| seen_from.contains(it.0));
    let icon = match system {
        Some((_, _, true)) => "smartphone",
        Some((_, _, false)) => "laptop",
        None => "circle-help",
    };
    let (browser, system) = (browser.map(|it| it.1.of(w)), system.map(|it| it.1.of(w)));
    let name = match (browser, system) {
        (Some(browser), Some(system)) => w.on(system, browser),
        (Some(one), None) => one.to_owned(),
        (None, _) if seen_from.trim().is_empty() => w.unknown().to_owned(),
        // A program, perhaps: its own name says more than any word of ours.
        (None, _) => seen_from.chars().take(NAME_MAX).collect(),
    };
    Device { name, icon }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::lang::Lang;

    fn name(lang: Lang, text: &str) -> String {
        device(SecuritySessions(lang), text).name
    }

    #[test]
    fn browsers_are_called_what_people_call_them() {
        for (text, zh, en) in [
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/156.0.0.0 Safari/537.36",
                "Windows · Chrome",
                "Chrome on Windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Chrome/156.0.0.0 Safari/537.36 Edg/156.0.0.0",
                "Windows · Edge",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 \
                 (KHTML, like Gecko) Version/26.0 Mobile/15E148 Safari/604.1",
                "iPhone · Safari",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 16; 2211133C) AppleWebKit/537.36 (KHTML, like Gecko) \
                 Version/4.0 Chrome/150.0 Mobile Safari/537.36 MicroMessenger/8.0.60",
                "安卓设备 · 微信",
                "WeChat on Android",
            ),
            (
                "Mozilla/5.0 (Macintosh; Intel Mac OS X 15.5; rv:145.0) Gecko/20100101 \
                 Firefox/145.0",
                "Mac · Firefox",
                "Firefox on Mac",
            ),
            ("danbao demo", "danbao demo", "danbao demo"),
            (" ", "未知设备", "An unknown device"),
        ] {
            assert_eq!(name(Lang::Zh, text), zh, "{text}");
            assert_eq!(name(Lang::En, text), en, "{text}");
        }
        assert_eq!(name(Lang::En, &"x".repeat(300)).len(), NAME_MAX);
    }
}
