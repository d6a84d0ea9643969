package evidence

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
)

// office is an institution with a simulated service, and the place where it
// keeps its evidence.
type office struct {
	sim    *kakaocerttest.Service
	client *kakaocert.Client
	dir    *Log
	path   string
}

func newOffice(t *testing.T, options ...kakaocerttest.Option) office {
	t.Helper()
	o := office{sim: kakaocerttest.NewService(options...)}
	o.dir, o.path = newDir(t)
	config := o.sim.Config()
	config.Evidence = o.dir
	var err error
	o.client, err = kakaocert.NewClient(config)
	require.NoError(t, err)
	return o
}

func (o office) user() kakaocert.User {
	u := kakaocerttest.DefaultUser()
	return kakaocert.ByPerson(kakaocert.Person{Name: u.Name, Birthday: u.Birthday, Phone: u.Phone})
}

// contract has the documents signed and fetched, and notes the digests of
// noted.
func (o office) contract(t *testing.T, product kakaocert.K3500Product, documents, noted []kakaocert.Document) (*kakaocert.K3500Result, *Record) {
	t.Helper()
	return o.contractOf(t, o.user(), product, documents, noted)
}

func (o office) contractOf(t *testing.T, user kakaocert.User, product kakaocert.K3500Product, documents, noted []kakaocert.Document) (*kakaocert.K3500Result, *Record) {
	t.Helper()
	tx, err := o.client.K3500.Prepare(t.Context(), &kakaocert.K3500PrepareParams{Product: product, User: user})
	require.NoError(t, err)
	_, err = o.client.K3500.Request(t.Context(), tx, &kakaocert.K3500RequestParams{Documents: documents, Title: "계약서"})
	require.NoError(t, err)
	result, err := o.client.K3500.Verify(t.Context(), tx, noted)
	require.NoError(t, err)
	return result, o.record(t, tx.TxID())
}

// record is the one record of a transaction.
func (o office) record(t *testing.T, txID string) *Record {
	t.Helper()
	var found *Record
	for r, err := range openArchive(t, o.path).ByTxID(t.Context(), txID) {
		require.NoError(t, err)
		require.Nil(t, found)
		found = r
	}
	require.NotNil(t, found)
	return found
}

var (
	oneDocument      = []kakaocert.Document{kakaocert.TextDocument("대출계약서", "제1조 (목적)\r\n 이 계약은 …")}
	severalDocuments = append(oneDocument, kakaocert.TextDocument("동의서", "동의합니다"), kakaocert.TextDocument("약관", "제2조"))
)

func TestRecheck_Contract(t *testing.T) {
	t.Parallel()
	for product, documents := range map[kakaocert.K3500Product][]kakaocert.Document{
		kakaocert.K3510: oneDocument, kakaocert.K3511: severalDocuments,
	} {
		t.Run(string(product), func(t *testing.T) {
			t.Parallel()
			o := newOffice(t)
			_, r := o.contract(t, product, documents, documents)
			checks, err := r.Recheck(o.sim.Roots(), nil)
			require.NoError(t, err)
			require.Len(t, checks, len(documents))
			for _, c := range checks {
				require.NoError(t, c.Err)
				assert.NotContains(t, c.Verified.Checks(), "revocation")
			}

			checks, err = r.Recheck(kakaocerttest.NewService().Roots(), nil)
			require.NoError(t, err)
			for _, c := range checks {
				require.ErrorIs(t, c.Err, kakaocert.ErrUntrusted)
			}
		})
	}
}

// revocation is the service's lists as they are now.
func (o office) revocation(t *testing.T) kakaocert.RevocationData {
	t.Helper()
	crl, err := o.sim.CRL()
	require.NoError(t, err)
	root, err := o.sim.RootCRL()
	require.NoError(t, err)
	return kakaocert.RevocationData{CRLs: [][]byte{crl, root}}
}

func (o office) check(t *testing.T, result *kakaocert.K3500Result, at time.Time) []*kakaocert.Verified {
	t.Helper()
	verifier, err := kakaocert.NewVerifier(o.sim.Roots(), kakaocert.WithTime(at), kakaocert.WithRevocation(kakaocert.RevocationHard, o.revocation(t)))
	require.NoError(t, err)
	checked, err := result.Check(verifier)
	require.NoError(t, err)
	return checked.Verified()
}

func TestRecheck_RestsOnTheLastCheck(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	result, r := o.contract(t, kakaocert.K3511, severalDocuments, severalDocuments)
	now := time.Now()
	verified := o.check(t, result, now)
	require.NoError(t, o.dir.AttachCheck(t.Context(), r.ID, now, verified...))
	checks, err := o.record(t, r.Meta.TxID).Recheck(o.sim.Roots(), nil)
	require.NoError(t, err)
	for _, c := range checks {
		require.NoError(t, c.Err)
		assert.Contains(t, c.Verified.Checks(), "revocation")
		assert.Equal(t, kakaocert.RevocationGood, c.Verified.Revocation().Status)
	}

	// As if the check had been made when none of the kept lists was current any
	// more.
	require.NoError(t, o.dir.AttachCheck(t.Context(), r.ID, now.AddDate(0, 0, 3), verified...))
	checks, err = o.record(t, r.Meta.TxID).Recheck(o.sim.Roots(), nil)
	require.NoError(t, err)
	for _, c := range checks {
		require.ErrorIs(t, c.Err, kakaocert.ErrRevocationUnknown)
	}
	require.NoError(t, verify(t, o.path).Err())
}

func TestAttachCheck_KeepsEachAnswerOnce(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	result, r := o.contract(t, kakaocert.K3511, severalDocuments, severalDocuments)
	now := time.Now()
	require.NoError(t, o.dir.AttachCheck(t.Context(), r.ID, now, o.check(t, result, now)...))
	for attachment, err := range o.record(t, r.Meta.TxID).Attachments() {
		require.NoError(t, err)
		assert.Equal(t, CheckName, attachment.Name)
		var c check
		require.NoError(t, json.Unmarshal(attachment.Data(), &c))
		assert.Len(t, c.Signatures, 3)
		assert.Len(t, c.Certificates, 3)
		assert.Len(t, c.CRLs, 2)
	}
	var argument *kakaocert.ArgumentError
	require.ErrorAs(t, o.dir.AttachCheck(t.Context(), r.ID, now, nil), &argument)
	require.ErrorAs(t, o.dir.AttachCheck(t.Context(), r.ID, time.Time{}), &argument)
}

func TestRecheck_ComparesAContractWithWhatWasAsked(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	swapped := []kakaocert.Document{severalDocuments[1], severalDocuments[0], severalDocuments[2]}
	_, r := o.contract(t, kakaocert.K3511, severalDocuments, swapped)
	checks, err := r.Recheck(o.sim.Roots(), nil)
	require.NoError(t, err)
	require.ErrorIs(t, checks[0].Err, kakaocert.ErrContentMismatch)
	require.ErrorIs(t, checks[1].Err, kakaocert.ErrContentMismatch)
	require.NoError(t, checks[2].Err)
	assert.Nil(t, checks[0].Verified)
}

func TestRecheck_Consent(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	u := kakaocerttest.DefaultUser()
	consent := &kakaocert.Consent{
		BillingOrganization: "한강전력", BankName: "은행", AccountNumber: "110123456789",
		AccountHolder: u.Name, AccountHolderBirthday: u.Birthday, CollectionType: kakaocert.CollectionCMS,
	}
	tx, err := o.client.K3100.Prepare(t.Context(), &kakaocert.K3100PrepareParams{Product: kakaocert.K3110, User: o.user()})
	require.NoError(t, err)
	_, err = o.client.K3100.Request(t.Context(), tx, &kakaocert.K3100RequestParams{Consent: consent})
	require.NoError(t, err)
	_, err = o.client.K3100.Verify(t.Context(), tx, consent)
	require.NoError(t, err)
	checks, err := o.record(t, tx.TxID()).Recheck(o.sim.Roots(), nil)
	require.NoError(t, err)
	require.Len(t, checks, 1)
	require.NoError(t, checks[0].Err)
}

func TestRecheck_IdentityCheckHasNoSignature(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	tx, err := o.client.K1100.Prepare(t.Context(), &kakaocert.K1100PrepareParams{Product: kakaocert.K1110, User: o.user()})
	require.NoError(t, err)
	nonce := kakaocert.NewNonce()
	_, err = o.client.K1100.Request(t.Context(), tx, &kakaocert.K1100RequestParams{Data: nonce})
	require.NoError(t, err)
	_, err = o.client.K1100.Verify(t.Context(), tx, nonce)
	require.NoError(t, err)
	r := o.record(t, tx.TxID())
	assert.Equal(t, Committed, r.Outcome)
	_, err = r.Recheck(o.sim.Roots(), nil)
	require.ErrorIs(t, err, ErrNoSignature)
}

func TestRecheck_SaysWhyItCannot(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	_, r := o.contract(t, kakaocert.K3510, oneDocument, nil)
	var argument *kakaocert.ArgumentError
	_, err := r.Recheck(nil, nil)
	require.ErrorAs(t, err, &argument)

	cut := begin(t, o.dir, "tx-cut").die(t, string(r.Body()[:len(r.Body())/2]))
	_, err = read(t, o.path, cut).Recheck(o.sim.Roots(), nil)
	require.ErrorIs(t, err, ErrNoSignature)

	whole := begin(t, o.dir, "tx-whole").die(t, string(r.Body()))
	died := read(t, o.path, whole)
	assert.Equal(t, Interrupted, died.Outcome)
	died.Meta.Asked, died.Meta.BegunAt = nil, time.Now()
	checks, err := died.Recheck(o.sim.Roots(), nil)
	require.NoError(t, err)
	require.NoError(t, checks[0].Err, "an answer that was whole before its process died is as good as any")

	for _, data := range []string{"{", `{"at":"2026-03-01T09:30:00Z","certificates":["AAAA"]}`} {
		require.NoError(t, o.dir.Attach(t.Context(), r.ID, CheckName, []byte(data)))
		_, err = o.record(t, r.Meta.TxID).Recheck(o.sim.Roots(), nil)
		require.ErrorIs(t, err, ErrDamaged)
	}
}

// An answer is read without a panic, whatever it contains, and its signatures
// are checked like those of a stranger.
func FuzzRecheck(f *testing.F) {
	f.Add([]byte(`{"signed_data":"MAA="}`), "K3510T")
	f.Add([]byte(`{"signed_documents":[{"signed_document":"MAA="},{}]}`), "K3511")
	f.Add([]byte(`{"data":"a nonce","signed_data":null}`), "K1110")
	roots := kakaocerttest.NewService().Roots()
	f.Fuzz(func(t *testing.T, body []byte, product string) {
		r := &Record{
			Meta:    kakaocert.EvidenceMeta{Product: product, BegunAt: begunAt, Asked: [][32]byte{{1}}},
			account: new(account), body: hide(body),
		}
		checks, err := r.Recheck(roots, nil)
		if err != nil {
			require.ErrorIs(t, err, ErrNoSignature)
			return
		}
		require.NotEmpty(t, checks)
		for _, c := range checks {
			require.Error(t, c.Err, "nobody has signed")
			require.Nil(t, c.Verified)
		}
	})
}

// Each is well signed and matches the request, but the signers differ.
func TestRecheck_WantsOneSigner(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	other := kakaocerttest.User{Name: "성춘향", Birthday: "19910202", Phone: "01098765432"}
	require.NoError(t, o.sim.AddUser(other))
	byOther := kakaocert.ByPerson(kakaocert.Person{Name: other.Name, Birthday: other.Birthday, Phone: other.Phone})
	first, _ := o.contractOf(t, o.user(), kakaocert.K3510, severalDocuments[:1], nil)
	second, _ := o.contractOf(t, byOther, kakaocert.K3510, severalDocuments[1:2], nil)
	body, err := json.Marshal(map[string]any{"result": "Y", "signed_documents": []any{
		map[string][]byte{"signed_document": first.SignedData()[0]}, map[string][]byte{"signed_document": second.SignedData()[0]},
	}})
	require.NoError(t, err)
	meta := testMeta("tx-both")
	meta.BegunAt, meta.Product, meta.Asked = time.Now(), "K3511T", nil
	record, err := o.dir.Begin(t.Context(), meta)
	require.NoError(t, err)
	_, err = record.Write(body)
	require.NoError(t, err)
	require.NoError(t, record.Commit())

	checks, err := o.record(t, "tx-both").Recheck(o.sim.Roots(), nil)
	require.NoError(t, err)
	require.NoError(t, checks[0].Err)
	require.ErrorIs(t, checks[1].Err, kakaocert.ErrSignersDiffer)
	assert.Nil(t, checks[1].Verified)
}

// fetcher gets answers from the simulated authority.
func (o office) fetcher(t *testing.T) kakaocert.RevocationFetcher {
	t.Helper()
	fetcher, err := kakaocert.NewRevocationFetcher(kakaocert.RevocationFetcherConfig{Transport: o.sim.Transport()})
	require.NoError(t, err)
	return fetcher
}

func TestRecheckOnline_FetchesWhatWasNotKept(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	_, r := o.contract(t, kakaocert.K3511, severalDocuments, severalDocuments)
	checks, err := r.RecheckOnline(t.Context(), o.sim.Roots(), nil, kakaocert.RevocationHard, o.fetcher(t))
	require.NoError(t, err)
	require.Len(t, checks, 3)
	for _, c := range checks {
		require.NoError(t, c.Err)
		assert.Equal(t, kakaocert.RevocationGood, c.Verified.Revocation().Status)
	}

	require.NoError(t, o.sim.Inject(kakaocerttest.Fault{Kind: kakaocerttest.RevokedCertificate}))
	_, r = o.contract(t, kakaocert.K3510, oneDocument, oneDocument)
	checks, err = r.RecheckOnline(t.Context(), o.sim.Roots(), nil, kakaocert.RevocationSoft, o.fetcher(t))
	require.NoError(t, err)
	require.ErrorIs(t, checks[0].Err, kakaocert.ErrRevoked)
}

// A list of today does not say what was good an hour ago.
func TestRecheckOnline_NewerListSaysNothingGood(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	result, r := o.contract(t, kakaocert.K3510, oneDocument, oneDocument)
	verifier, err := kakaocert.NewVerifier(o.sim.Roots(), kakaocert.UnsafeNoRevocation())
	require.NoError(t, err)
	checked, err := result.Check(verifier)
	require.NoError(t, err)
	require.NoError(t, o.dir.AttachCheck(t.Context(), r.ID, time.Now().Add(-time.Hour), checked.Verified()...))
	r = o.record(t, r.Meta.TxID)
	checks, err := r.RecheckOnline(t.Context(), o.sim.Roots(), nil, kakaocert.RevocationHard, o.fetcher(t))
	require.NoError(t, err)
	require.ErrorIs(t, checks[0].Err, kakaocert.ErrRevocationUnknown)
	failed, ok := errors.AsType[*kakaocert.VerifyError](checks[0].Err)
	require.True(t, ok)
	assert.Contains(t, failed.Hint, "newer")

	checks, err = r.RecheckOnline(t.Context(), o.sim.Roots(), nil, kakaocert.RevocationSoft, o.fetcher(t))
	require.NoError(t, err)
	require.NoError(t, checks[0].Err)
	assert.Equal(t, kakaocert.RevocationUnknown, checks[0].Verified.Revocation().Status)
}

// Where the last check knew about revocation, no mode makes this one softer.
func TestRecheckOnline_StaysHardWhereTheLastCheckKnew(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	result, r := o.contract(t, kakaocert.K3510, oneDocument, oneDocument)
	require.NoError(t, o.dir.AttachCheck(t.Context(), r.ID, time.Now().AddDate(0, 0, 3), o.check(t, result, time.Now())...))
	checks, err := o.record(t, r.Meta.TxID).RecheckOnline(t.Context(), o.sim.Roots(), nil, kakaocert.RevocationSoft, o.fetcher(t))
	require.NoError(t, err)
	require.ErrorIs(t, checks[0].Err, kakaocert.ErrRevocationUnknown)
}

func TestRecheckOnline_EndsWithItsContext(t *testing.T) {
	t.Parallel()
	o := newOffice(t)
	_, r := o.contract(t, kakaocert.K3510, oneDocument, oneDocument)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	checks, err := r.RecheckOnline(ctx, o.sim.Roots(), nil, kakaocert.RevocationSoft, o.fetcher(t))
	require.NoError(t, err)
	require.ErrorIs(t, checks[0].Err, context.Canceled)
	assert.Nil(t, checks[0].Verified)
}
