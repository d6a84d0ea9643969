package kakaocert

// Code is an error code of the service, and an error: errors.Is(err,
// ErrUserNotFound). The list is open: an unknown code passes through as it
// came. The code decides, not the HTTP status. (DOC)
type Code string

const (
	ErrInternal           Code = "E0001" // internal error at Kakao (DOC)
	ErrMaintenance        Code = "E0002" // maintenance (DOC)
	ErrParameter          Code = "E1001" // a parameter is missing or wrong, or the user's number is foreign (DOC)
	ErrPermission         Code = "E1002" // no permission for this API (DOC)
	ErrKey                Code = "E1004" // a key header is missing or wrong (DOC)
	ErrSettleID           Code = "E1005" // settle_id is missing or wrong (DOC)
	ErrDesc               Code = "E1006" // desc differs from the contract (DOC)
	ErrWrongHost          Code = "E1007" // the product was called on the wrong host (DOC)
	ErrUserNotFound       Code = "E2001" // no such Kakao account (DOC)
	ErrUserMismatch       Code = "E2002" // the personal data is not the account's (DOC)
	ErrUnknownTransaction Code = "E2003" // the tx_id is unknown (DOC), or was verified before (ASSUMED)
	ErrAlreadyRequested   Code = "E2004" // request was repeated (DOC)
	ErrUserUnavailable    Code = "E2005" // the account is dormant, sanctioned, withdrawn or protected (DOC)
	ErrNotSigned          Code = "E2006" // the user has not signed yet (SDK)
	ErrRequestExpired     Code = "E2007" // the user did not sign in time (SDK)
	ErrSessionExpired     Code = "E2016" // the abbreviated signature's key has expired (SDK)
)

// Owner is the party that can fix the cause of an error.
type Owner string

const (
	OwnerUnknown     Owner = ""            // of a code that is not known
	OwnerKakao       Owner = "kakao"       // the service: wait, or inform Kakao
	OwnerInstitution Owner = "institution" // the program, its configuration or the contract
	OwnerUser        Owner = "user"        // the person who is asked
	OwnerNone        Owner = "none"        // nothing is wrong
)

// Advice is what a program should do after an error.
type Advice string

const (
	AdviceUnknown      Advice = ""
	AdviceStop         Advice = "stop"              // the same call will fail again
	AdviceTryAgain     Advice = "try again"         // the same call may succeed later
	AdvicePrepareAgain Advice = "prepare again"     // begin with a new transaction
	AdviceAskStatus    Advice = "ask status"        // ask how far the transaction is
	AdviceLogInAgain   Advice = "log in again"      // the user must sign a new session
	AdviceReadEvidence Advice = "read the evidence" // of a verify: the bytes that came are there; see [OutcomeError]
)

type codeRow struct {
	code    Code
	owner   Owner
	advice  Advice
	english string
	korean  string
}

var codeTable = []codeRow{
	{ErrInternal, OwnerKakao, AdviceTryAgain, "internal error at Kakao", "카카오 서버 내부 오류"},
	{ErrMaintenance, OwnerKakao, AdviceStop, "Kakao is under maintenance", "카카오 서버 점검 중"},
	{ErrParameter, OwnerInstitution, AdviceStop, "a parameter is missing, of the wrong type or out of range, or the user's number is foreign", "파라미터 오류(누락, 타입, 범위) 또는 사용자의 해외 전화번호"},
	{ErrPermission, OwnerInstitution, AdviceStop, "no permission for this API", "해당 API 호출 권한 없음"},
	{ErrKey, OwnerInstitution, AdviceStop, "a key header is missing or wrong", "키 헤더가 없거나 잘못됨"},
	{ErrSettleID, OwnerInstitution, AdviceStop, "settle_id is missing or wrong", "settle_id가 없거나 잘못됨"},
	{ErrDesc, OwnerInstitution, AdviceStop, "desc differs from the contract", "desc가 계약 내용과 다름"},
	{ErrWrongHost, OwnerInstitution, AdviceStop, "the product was called on the wrong host", "상품에 맞지 않는 호스트로 호출함"},
	{ErrUserNotFound, OwnerUser, AdviceStop, "no such Kakao account", "존재하지 않는 카카오계정"},
	{ErrUserMismatch, OwnerUser, AdviceStop, "the personal data does not match the account", "개인정보가 카카오계정과 일치하지 않음"},
	{ErrUnknownTransaction, OwnerInstitution, AdvicePrepareAgain, "the tx_id is unknown", "알 수 없는 tx_id"},
	{ErrAlreadyRequested, OwnerInstitution, AdviceAskStatus, "the request was made before", "이미 서명을 요청한 거래"},
	{ErrUserUnavailable, OwnerUser, AdviceStop, "the account is dormant, sanctioned, withdrawn or protected", "휴면, 제재, 탈퇴 또는 보호 상태의 카카오계정"},
	{ErrNotSigned, OwnerNone, AdviceAskStatus, "the user has not signed yet", "사용자가 아직 서명하지 않음"},
	{ErrRequestExpired, OwnerUser, AdvicePrepareAgain, "the user did not sign in time", "사용자가 유효 시간 안에 서명하지 않음"},
	{ErrSessionExpired, OwnerUser, AdviceLogInAgain, "the abbreviated signature's key has expired", "축약서명 키가 만료됨"},
}

func Codes() []Code {
	codes := make([]Code, len(codeTable))
	for i, row := range codeTable {
		codes[i] = row.code
	}
	return codes
}

func (c Code) Error() string {
	if row, known := c.row(); known {
		return string(c) + ": " + row.english
	}
	return string(c)
}

func (c Code) Known() bool { _, known := c.row(); return known }

func (c Code) Meaning() string { row, _ := c.row(); return row.english }

func (c Code) MeaningKorean() string { row, _ := c.row(); return row.korean }

func (c Code) Owner() Owner { row, _ := c.row(); return row.owner }

func (c Code) Advice() Advice { row, _ := c.row(); return row.advice }

func (c Code) row() (codeRow, bool) {
	for _, row := range codeTable {
		if row.code == c {
			return row, true
		}
	}
	return codeRow{}, false
}
