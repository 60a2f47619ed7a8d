//! Twilio's refusals: an HTTP status and a code of its error dictionary, in its own shape.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// Why a request is refused.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TwilioError {
    #[error("Authenticate")]
    Unauthorized,
    #[error("The requested resource {0} was not found")]
    NotFound(String),
    #[error("Method not allowed")]
    MethodNotAllowed,
    #[error("The request body is larger than 64 KiB")]
    BodyTooLarge,
    #[error("Too many requests")]
    TooManyRequests,
    #[error("An internal server error has occurred")]
    Internal,
    #[error("The service took too long to answer")]
    TimedOut,
    #[error("A 'To' phone number is required.")]
    ToRequired,
    #[error("A 'From' phone number is required.")]
    FromRequired,
    #[error("Message body is required.")]
    BodyRequired,
    #[error("The concatenated message body exceeds the 1600 character limit.")]
    BodyTooLong,
    #[error("Invalid 'To' Phone Number: {0}")]
    InvalidTo(String),
    #[error("'To' and 'From' number cannot be the same: {0}")]
    ToIsFrom(String),
    #[error("Invalid From Number (caller ID): {0}")]
    InvalidFrom(String),
    #[error(
        "The 'From' phone number provided ({0}) is not a valid message-capable phone number for this account."
    )]
    NotOurs(String),
    #[error("The Messaging Service Sid {0} is invalid or has no sender.")]
    NoSuchService(String),
    #[error("The StatusCallback URL {0} is not a valid URL.")]
    InvalidCallback(String),
    #[error("Invalid media URL: {0}")]
    InvalidMedia(String),
    #[error("The number of media files exceeds the limit of 10.")]
    TooManyMedia,
    #[error("Attempt to send to unsubscribed recipient")]
    OptedOut,
    #[error("This message cannot be canceled")]
    CannotCancel,
    #[error("Invalid parameter: {0}")]
    InvalidParameter(&'static str),
    #[error("The From and To pair are not on the same channel")]
    OtherChannel,
    #[error("Could not find a Channel with the specified From address")]
    NoSuchSender,
    #[error("The Content Template {0} was not found or is not approved")]
    NoSuchContent(String),
    #[error(
        "The ContentVariables parameter is invalid: each variable of the template needs a text"
    )]
    BadVariables,
    #[error("Message rate for this pair of sender and recipient exceeded")]
    ChannelRate,
    /// The fault that refuses everything.
    #[error("The simulator was told to refuse with error {0}")]
    Told(u32),
}

impl TwilioError {
    fn code(&self) -> u32 {
        match self {
            Self::InvalidParameter(_) => 20001,
            Self::Unauthorized => 20003,
            Self::MethodNotAllowed => 20004,
            Self::NotFound(_) => 20404,
            Self::BodyTooLarge => 20413,
            Self::TooManyRequests => 20429,
            Self::Internal => 20500,
            Self::TimedOut => 20504,
            Self::InvalidTo(_) => 21211,
            Self::InvalidFrom(_) => 21212,
            Self::ToIsFrom(_) => 21266,
            Self::BodyRequired => 21602,
            Self::FromRequired => 21603,
            Self::ToRequired => 21604,
            Self::NotOurs(_) => 21606,
            Self::InvalidCallback(_) => 21609,
            Self::OptedOut => 21610,
            Self::BodyTooLong => 21617,
            Self::InvalidMedia(_) => 21620,
            Self::TooManyMedia => 21623,
            Self::NoSuchService(_) => 21701,
            Self::CannotCancel => 30409,
            Self::OtherChannel => 21910,
            Self::NoSuchSender => 63007,
            Self::NoSuchContent(_) => 21655,
            Self::BadVariables => 21656,
            Self::ChannelRate => 63018,
            Self::Told(code) => *code,
        }
    }

    fn status(&self) -> StatusCode {
        match self {
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::BodyTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::TooManyRequests | Self::ChannelRate => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::TimedOut => StatusCode::GATEWAY_TIMEOUT,
            _ => StatusCode::BAD_REQUEST,
        }
    }
}

impl IntoResponse for TwilioError {
    fn into_response(self) -> Response {
        let (code, status) = (self.code(), self.status());
        let body = Json(json!({
            "code": code,
            "message": self.to_string(),
            "more_info": format!("https://www.twilio.com/docs/errors/{code}"),
            "status": status.as_u16(),
        }));
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        match self {
            Self::Unauthorized => {
                headers.insert(
                    header::WWW_AUTHENTICATE,
                    HeaderValue::from_static("Basic realm=\"Twilio API\""),
                );
            }
            Self::TooManyRequests => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
            }
            _ => {}
        }
        response
    }
}
