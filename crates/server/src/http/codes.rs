//! The codes of problems: the stable names by which programs tell them apart, with what they mean
//! and what to do about them, in English and Chinese.
//!
//! One table makes the HTTP status, the body of a problem, the page `/docs/problems/CODE` and the
//! `OpenAPI` document, so they cannot disagree. Codes are never reused and never renamed.

use http::StatusCode;

/// What one code means.
#[derive(Debug)]
pub struct Code {
    /// The stable name.
    pub name: &'static str,
    status: u16,
    /// What happened, in English and in Chinese.
    pub title: [&'static str; 2],
    /// What to do about it, in English and in Chinese.
    pub remedy: [&'static str; 2],
}

impl Code {
    /// Its HTTP status.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// Every code, those of the door before those of the ledger.
    pub fn all() -> impl Iterator<Item = &'static Code> {
        DOOR.iter().chain(LEDGER).copied()
    }

    /// The code with this name.
    pub fn named(name: &str) -> Option<&'static Code> {
        Code::all().find(|it| it.name == name)
    }
}

macro_rules! codes {
    ($all:ident: $($name:ident $status:literal $code:literal
        $title:literal $title_zh:literal
        $remedy:literal $remedy_zh:literal;)*) => {
        $(
            #[doc = $title]
            pub static $name: $crate::http::codes::Code = $crate::http::codes::Code::new(
                $code, $status, [$title, $title_zh], [$remedy, $remedy_zh]);
        )*
        pub(super) static $all: &[&$crate::http::codes::Code] = &[$(&$name),*];
    };
}
pub(super) use codes;

// One list for whoever looks a code up, whichever of the two tables it stands in.
pub use super::rejections::*;

impl Code {
    pub(super) const fn new(
        name: &'static str,
        status: u16,
        title: [&'static str; 2],
        remedy: [&'static str; 2],
    ) -> Code {
        Code { name, status, title, remedy }
    }
}

codes! { DOOR:
    MALFORMED_JSON 400 "malformed_json"
        "The body is not JSON" "请求体不是合法的 JSON"
        "Send one JSON object in UTF-8." "请发送一个 UTF-8 编码的 JSON 对象。";
    NESTED_TOO_DEEPLY 400 "nested_too_deeply"
        "The body is nested too deeply" "请求体嵌套过深"
        "No request needs more than three levels." "任何请求都不需要超过三层嵌套。";
    UNKNOWN_FIELD 400 "unknown_field"
        "The body has a member that is not known" "请求体包含未知字段"
        "Remove it, or correct its spelling: `field` says which." "请删除或更正该字段，`field` 指明是哪一个。";
    DUPLICATE_FIELD 400 "duplicate_field"
        "A member of the body stands twice" "请求体中有重复字段"
        "Send each member once." "每个字段只能出现一次。";
    MISSING_FIELD 400 "missing_field"
        "A member of the body is missing" "请求体缺少字段"
        "Add the member that `field` names." "请补充 `field` 指明的字段。";
    WRONG_TYPE 400 "wrong_type"
        "A member has another type than it must" "字段类型不正确"
        "`detail` says what is expected." "`detail` 说明了应有的类型。";
    AMOUNT_INVALID 400 "amount_invalid"
        "The amount is not valid" "金额无效"
        "Send minor units (fen, cents, yen) as a JSON integer, 1 to 100000000000000."
        "请以 JSON 整数发送最小货币单位(如分)的金额，范围 1 至 100000000000000。";
    CURRENCY_UNKNOWN 400 "currency_unknown"
        "The currency is not known" "币种未知"
        "Send a three-letter ISO 4217 code in capitals, such as CNY."
        "请使用大写的三位 ISO 4217 代码，例如 CNY。";
    ID_INVALID 400 "id_invalid"
        "That is not an identifier of the right kind" "标识符格式或种类不正确"
        "Identifiers begin with their kind and end with a check digit: copy them whole."
        "标识符以其种类的前缀开头并以校验位结尾，请完整复制。";
    VALUE_UNKNOWN 400 "value_unknown"
        "That is none of the allowed words" "取值不在允许的范围内"
        "`detail` lists the allowed words." "`detail` 列出了允许的取值。";
    TEXT_INVALID 400 "text_invalid"
        "The text is too long or has control characters" "文本过长或包含控制字符"
        "Shorten it to 1,024 bytes and leave control characters out." "请缩短至 1024 字节以内并去掉控制字符。";
    STATEMENT_INVALID 400 "statement_invalid"
        "The statement is too long or has control characters" "说明过长或包含控制字符"
        "Shorten it to 500 characters. Nothing changed and no money moved."
        "请缩短至 500 字以内。未作任何更改，资金未变动。";
    NUMBER_INVALID 400 "number_invalid"
        "That is not an order number" "商户订单号格式不正确"
        "Use 1 to 64 of A-Z a-z 0-9 _ - and the dot." "请使用 1 至 64 个字母、数字、下划线、连字符或点。";
    SHIPMENT_INVALID 400 "shipment_invalid"
        "That is not a shipment" "物流信息不正确"
        "Give a carrier and its tracking number together: 1 to 35 letters, digits or hyphens."
        "快递公司和运单号要一起填写，运单号为 1 至 35 位字母、数字或连字符。";
    CARD_NUMBER_INVALID 400 "card_number_invalid"
        "That is not a card number" "银行卡号格式不正确"
        "Send 12 to 19 digits with nothing between them." "请发送 12 至 19 位数字，中间不加分隔符。";
    URL_INVALID 400 "url_invalid"
        "Webhooks cannot be sent to that address" "该地址不能接收通知"
        "Use a public https address without user name; a sandbox also takes http and this machine."
        "请使用公网 https 地址，且不含用户名；沙箱环境也接受 http 和本机地址。";
    IDEMPOTENCY_KEY_MISSING 400 "idempotency_key_missing"
        "The Idempotency-Key is missing" "缺少 Idempotency-Key"
        "Choose a key. Asking again with it repeats the answer, not the payment."
        "请自选一个键发送。用同一个键重复请求只会得到同样的答复，不会重复付款。";
    IDEMPOTENCY_KEY_INVALID 400 "idempotency_key_invalid"
        "The Idempotency-Key is not valid" "Idempotency-Key 无效"
        "Use 1 to 255 visible ASCII characters." "请使用 1 至 255 个可见 ASCII 字符。";
    CURSOR_INVALID 400 "cursor_invalid"
        "The cursor is not one that this list gave out" "游标无效"
        "Use `next_cursor` of the page before, or none." "请使用上一页的 `next_cursor`，或不带游标。";
    MALFORMED_REQUEST 400 "malformed_request"
        "The request cannot be understood" "请求无法理解"
        "Check the address and the headers." "请检查地址与请求头。";
    BODY_UNREADABLE 400 "body_unreadable"
        "The body broke off" "请求体中断"
        "Send the request again with the same key." "请用同一个键重新发送请求。";
    UNAUTHENTICATED 401 "unauthenticated"
        "The API key is missing or not valid" "API 密钥缺失或无效"
        "Send Authorization: Bearer sk_…, or curl -u sk_…: ."
        "请发送 Authorization: Bearer sk_…，或使用 curl -u sk_…: 。";
    SIGN_IN_FIRST 401 "sign_in_first"
        "Sign in first" "请先登录"
        "Sign in; the page that you wanted opens then." "登录后会打开您要看的页面。";
    PASSWORD_FOR_ONCE 403 "password_for_once"
        "Choose a password of your own first" "请先设置您自己的密码"
        "The one that you have is temporary." "当前密码是临时密码。";
    CROSS_SITE 403 "cross_site"
        "The form was sent from another site" "表单来自其他网站"
        "Open the page here and send it again. If you did not send it, nothing was done."
        "请在本站打开页面后重新提交；如果不是您本人操作，不会有任何变动。";
    FORM_UNREADABLE 400 "form_unreadable"
        "The form could not be read" "表单无法读取"
        "Go back, load the page again, and send it once more." "请返回并刷新页面，再提交一次。";
    ROUTE_NOT_FOUND 404 "route_not_found"
        "There is nothing at this address" "该地址不存在"
        "/docs lists every address." "/docs 列出了所有地址。";
    SEGMENT_NOT_FOUND 404 "segment_not_found"
        "There is no such segment" "日志段不存在"
        "GET /v1/journal lists the segments." "GET /v1/journal 列出所有日志段。";
    CELL_NOT_FOUND 404 "cell_not_found"
        "There is no such cell" "单元不存在"
        "GET /v1/status lists the cells." "GET /v1/status 列出所有单元。";
    TRANSFER_NOT_FOUND 404 "transfer_not_found"
        "There is no such transfer" "转账不存在"
        "Check the identifier and the key." "请检查标识符与密钥。";
    REMITTANCE_NOT_FOUND 404 "remittance_not_found"
        "There is no such remittance" "跨单元汇款不存在"
        "Check the identifier and the key." "请检查标识符与密钥。";
    EVENT_NOT_FOUND 404 "event_not_found"
        "There is no such event" "事件不存在"
        "Check the identifier and the key." "请检查标识符与密钥。";
    METHOD_NOT_ALLOWED 405 "method_not_allowed"
        "This address does not take that method" "该地址不支持此方法"
        "The header Allow lists the methods." "请求头 Allow 列出了可用的方法。";
    REQUEST_IN_PROGRESS 409 "request_in_progress"
        "The same request is already being worked on" "同一个请求正在处理"
        "Ask again after a second; programs use the same key." "请一秒后再试；程序请使用同一个键。";
    BODY_TOO_LARGE 413 "body_too_large"
        "The body is too large" "请求体过大"
        "A body has at most 64 KiB; a batch, 4 MiB." "请求体最大 64 KiB，批量请求最大 4 MiB。";
    CONTENT_TYPE_UNSUPPORTED 415 "content_type_unsupported"
        "The body is not application/json" "请求体类型不是 application/json"
        "Send Content-Type: application/json." "请发送 Content-Type: application/json。";
    CARD_REFUSED 422 "card_refused"
        "The bank does not take this card" "银行不接受该卡"
        "Check the number with the card's holder." "请与持卡人核对卡号。";
    LOGIN_INVALID 422 "login_invalid"
        "That is neither a telephone number nor an e-mail address" "手机号或邮箱格式不正确"
        "Type a mobile number, with + and the country unless it is in China, or an e-mail address."
        "请输入手机号(境外号码请加 + 和国家代码)或邮箱地址。";
    NAME_INVALID 422 "name_invalid"
        "A name has 1 to 64 characters" "姓名须为 1 至 64 个字符"
        "Type the name that others are to see." "请输入要向对方显示的姓名。";
    SIGN_IN_REFUSED 401 "sign_in_refused"
        "The name, the password or the code is wrong" "账号、密码或动态码不正确"
        "Try again. After five failures in a row sign-in is locked for a while."
        "请重试。连续 5 次错误后将暂时锁定登录。";
    SIGN_IN_TOO_LATE 401 "sign_in_too_late"
        "The one-time code came too late" "输入动态码的时间过长"
        "Type your name and your password again." "请重新输入账号和密码。";
    DOCUMENT_NUMBER_INVALID 422 "document_number_invalid"
        "That is not a resident's number" "身份证号码不正确"
        "Check all 18 characters against the document." "请对照证件检查 18 位号码。";
    DOCUMENT_NAME_INVALID 422 "document_name_invalid"
        "That is not a name in a document" "姓名不正确"
        "Type it exactly as it stands in the document." "请填写证件上的姓名。";
    PASSKEY_REFUSED 401 "passkey_refused"
        "The passkey was not accepted" "未接受该通行密钥"
        "Try again, or sign in with your password. One that was removed here opens nothing."
        "请重试，或用密码登录。已移除的通行密钥不能再用于登录。";
    PASSKEY_NOT_MADE 422 "passkey_not_made"
        "No passkey was added" "未能添加通行密钥"
        "Begin again, and confirm on your device within five minutes; or use another device."
        "请重新开始，并在 5 分钟内在设备上确认；也可以换一台设备。";
    PASSKEY_NAME_INVALID 422 "passkey_name_invalid"
        "A passkey's name has 1 to 40 characters" "通行密钥的名称须为 1 至 40 个字符"
        "Say where the passkey is, such as My phone." "请输入便于辨认的名称，例如“我的手机”。";
    PASSKEYS_FULL 409 "passkeys_full"
        "You have as many passkeys as you can" "通行密钥已达数量上限"
        "Remove one that you no longer use, and begin again." "请先移除不再使用的通行密钥，再重新添加。";
    PASSWORD_WRONG 403 "password_wrong"
        "The password is wrong" "登录密码不正确"
        "Type the password that you sign in with." "请输入登录密码。";
    CODE_WRONG 403 "code_wrong"
        "The one-time code is wrong or was used" "动态码不正确或已使用"
        "Wait for the next code of your app, and check its clock." "请等待应用显示下一个动态码，并检查手机时间是否准确。";
    PAYMENT_PASSWORD_MISSING 403 "payment_password_missing"
        "There is no payment password yet" "尚未设置支付密码"
        "Set one under Security, and pay then." "请先在“安全设置”中设置支付密码。";
    PAYMENT_PASSWORD_WRONG 403 "payment_password_wrong"
        "The payment password is wrong" "支付密码不正确"
        "Nothing was paid. Try again; after five failures in a row payments are locked for 3 hours."
        "未付款。请重试；连续 5 次错误后支付将锁定 3 小时。";
    PASSWORD_LENGTH 422 "password_length"
        "A password has 8 to 128 characters" "密码长度须为 8 至 128 个字符"
        "Choose a longer or a shorter one." "请调整密码长度。";
    PASSWORD_ONLY_DIGITS 422 "password_only_digits"
        "The password is nothing but digits" "密码不能只包含数字"
        "Add letters or signs: digits alone are soon guessed." "请加入字母或符号，纯数字很容易被猜中。";
    PASSWORD_COMMON 422 "password_common"
        "Too many people have this password" "该密码过于常见"
        "Choose one that nobody would guess." "请换一个不易被猜中的密码。";
    PAYMENT_PASSWORD_SHAPE 422 "payment_password_shape"
        "A payment password is six digits" "支付密码须为 6 位数字"
        "Type exactly six digits." "请输入 6 位数字。";
    PAYMENT_PASSWORD_EASY 422 "payment_password_easy"
        "The six digits are equal or a run" "支付密码不能是相同或连续的数字"
        "Choose digits that nobody would guess; no birthday either."
        "请换一个不易被猜中的支付密码，也不要使用生日。";
    TOO_MANY_REQUESTS 429 "too_many_requests"
        "Too many requests are waiting" "请求过多"
        "Nothing was done. Ask again with the same key after Retry-After."
        "未做任何处理。请在 Retry-After 之后用同一个键再次请求。";
    INTERNAL_ERROR 500 "internal_error"
        "A mistake of the server's" "服务器内部错误"
        "Ask again with the same key, and tell the operator the request id."
        "请用同一个键再次请求，并把请求编号告知运营方。";
    STOPPING 503 "stopping"
        "The server is stopping" "服务器正在停止"
        "Nothing was done. Ask again with the same key." "未做任何处理。请用同一个键再次请求。";
    DISK_FULL 503 "disk_full"
        "The disk is full" "磁盘已满"
        "Nothing was done; reading goes on. The operator has to make room."
        "未做任何处理，读取不受影响。需要运营方清理空间。";
    NO_ANSWER 503 "no_answer"
        "The server stopped before it could answer" "服务器在答复前停止"
        "Whether it was done is not known. Ask again with the same key and be told."
        "是否已处理未知。请用同一个键再次请求以获知结果。";
    BOOKS_UNREADABLE 503 "books_unreadable"
        "The books cannot be read just now" "账簿暂时无法读取"
        "Nothing was changed. Ask again later." "未做任何更改。请稍后再试。";
    NO_RANDOMNESS 503 "no_randomness"
        "The system gave no randomness" "系统随机数不可用"
        "Nothing was done. Ask again with the same key." "未做任何处理。请用同一个键再次请求。";
    VAULT_UNREADABLE 503 "vault_unreadable"
        "Personal data cannot be read just now" "个人信息暂时无法读取"
        "Nothing was changed. Ask again later; the operator has to look at the vault."
        "未做任何更改。请稍后再试，运营方需要检查密钥库。";
    NO_BANK 503 "no_bank"
        "This server has no bank" "服务器未连接银行"
        "Start it with --bank URL." "请用 --bank URL 启动。";
    STATEMENT_UNREADABLE 422 "statement_unreadable"
        "The statement cannot be read" "无法读取对账单"
        "Ask the bank for the file again; a statement counts as a whole or not at all."
        "请向银行重新索取文件。对账单要么全部生效，要么全部不生效。";
    STATEMENT_CHANGED 409 "statement_changed"
        "It is not what was looked at any more" "内容已与查看时不同"
        "Look at it again, and send it once more." "请重新查看后再提交。";
    STATEMENT_FILE_GONE 409 "statement_file_gone"
        "The file that was proposed is no longer here" "当初提交的对账单文件已不在服务器上"
        "Refuse the proposal, and upload the file again." "请驳回该申请，并重新上传文件。";
    STATEMENT_NOT_READY 409 "statement_not_ready"
        "The bank has no statement of that day yet" "银行尚未出具该日对账单"
        "Ask again after the bank's cut-off." "请在银行日切之后再试。";
    TRACE_NOT_FOUND 404 "trace_not_found"
        "Nothing of yours has this name" "没有属于您的该笔记录"
        "Name an order, a top-up, a withdrawal, a bank's reference, or the key of a request."
        "请填写订单号、充值号、提现号、银行流水号或请求的键。";
    REPORT_NOT_FOUND 404 "report_not_found"
        "No such report" "没有该日报告"
        "Reconcile that day first: POST /v1/banks/{name}/statements."
        "请先对账：POST /v1/banks/{name}/statements。";
    BANK_NOT_FOUND 422 "bank_not_found"
        "No such bank" "没有此银行"
        "Name one of the banks of GET /v1/banks." "请填写 GET /v1/banks 中的银行名称。";
    BANK_PAUSED 503 "bank_paused"
        "The bank does not answer, so new top-ups from it are paused" "银行暂无响应，已暂停新的充值"
        "Nothing was taken. Pay in another way, or ask again with the same key after Retry-After."
        "未扣款。请改用其他付款方式，或在 Retry-After 之后用同一个键再次请求。";
    BANK_SILENT 503 "bank_silent"
        "The bank did not answer" "银行未答复"
        "Nothing was done. Ask again with the same key." "未做任何处理。请用同一个键再次请求。";
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_code_has_one_row_in_two_languages() {
        let names: BTreeSet<&str> = Code::all().map(|it| it.name).collect();
        assert_eq!(names.len(), Code::all().count(), "no name twice");
        for code in Code::all() {
            let [title, title_zh] = code.title;
            let [remedy, remedy_zh] = code.remedy;
            assert!(title.is_ascii(), "{}", code.name);
            assert!(!title_zh.is_ascii() && !remedy_zh.is_ascii(), "{}", code.name);
            assert!(!title.ends_with('.') && remedy.ends_with('.'), "{}", code.name);
            assert!(code.status().is_client_error() || code.status().is_server_error());
            assert!(Code::named(code.name).is_some());
        }
    }
}
