// Package header has names of header fields and values of some.
package header

// Fields of HTTP.
const (
	Accept                  = "Accept"
	AcceptEncoding          = "Accept-Encoding"
	Authorization           = "Authorization"
	CacheControl            = "Cache-Control"
	Connection              = "Connection"
	ContentEncoding         = "Content-Encoding"
	ContentLength           = "Content-Length"
	ContentType             = "Content-Type"
	Cookie                  = "Cookie"
	Expires                 = "Expires"
	Host                    = "Host"
	Pragma                  = "Pragma"
	SetCookie               = "Set-Cookie"
	StrictTransportSecurity = "Strict-Transport-Security"
	TransferEncoding        = "Transfer-Encoding"
	Upgrade                 = "Upgrade"
	UserAgent               = "User-Agent"
	WWWAuthenticate         = "WWW-Authenticate"
	SecWebSocketKey         = "Sec-WebSocket-Key"
	SecWebSocketProtocol    = "Sec-WebSocket-Protocol"
	SecWebSocketVersion     = "Sec-WebSocket-Version"
)

// Media types, and the value of User-Agent that webhooks are sent with.
const (
	ApplicationFormURLEncoded = "application/x-www-form-urlencoded"
	ApplicationJSON           = "application/json"
	ApplicationSoapXML        = "application/soap+xml"
	ApplicationXML            = "application/xml"
	TextXML                   = "text/xml"
	TykHookshot               = "Tyk-Hookshot"
)

// Fields that proxies and browsers know.
const (
	XContentTypeOptions = "X-Content-Type-Options"
	XForwardFor         = "X-Forwarded-For"
	XForwardProto       = "X-Forwarded-Proto"
	XFrameOptions       = "X-Frame-Options"
	XRealIP             = "X-Real-IP"
	XXSSProtection      = "X-XSS-Protection"
	XRateLimitLimit     = "X-RateLimit-Limit"
	XRateLimitRemaining = "X-RateLimit-Remaining"
	XRateLimitReset     = "X-RateLimit-Reset"
)

// Fields that Tyk and its plugins use among themselves.
const (
	XAuthResult           = "X-Auth-Result"
	XGenerator            = "X-Generator"
	XInitialURI           = "X-Initial-URI"
	XSessionAlias         = "X-Session-Alias"
	XTykAcceptExampleCode = "X-Tyk-Accept-Example-Code"
	XTykAcceptExampleName = "X-Tyk-Accept-Example-Name"
	XTykAuthorization     = "X-Tyk-Authorization"
	XTykHostname          = "x-tyk-hostname"
	XTykNodeID            = "x-tyk-nodeid"
	XTykNonce             = "x-tyk-nonce"
	XTykSessionID         = "x-tyk-session-id"
)
