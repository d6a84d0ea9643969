package main

import (
	"context"
	"crypto/rand"
	"crypto/x509"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/evidence"
	"github.com/kakaocert-go/kakaocert/flow"
	"github.com/kakaocert-go/kakaocert/pgstore"
	"github.com/kakaocert-go/kakaocert/riverflow"
)

// institution is what a pod of the institution contains.
type institution struct {
	name  string
	pool  *pgxpool.Pool
	flows *riverflow.Flows
	queue *river.Client[pgx.Tx]
}

// serve runs a pod: a web server, and a worker of flows in the same process.
// Large institutions run the worker in other pods, so that a web server that
// runs out of memory does not end a verify.
func serve(ctx context.Context, _ []string, out io.Writer) error {
	pool, err := pgxpool.New(ctx, os.Getenv("POD_DATABASE"))
	if err != nil {
		return err
	}
	defer pool.Close()
	in, err := open(ctx, os.Getenv(podVariable), pool)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := &http.Server{Handler: in.pages(), ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }()
	defer func() { _ = server.Close() }()
	fmt.Fprintln(out, "http://"+listener.Addr().String()) // for the stage
	return in.flows.Run(ctx, in.queue)
}

// open makes everything that a pod needs from its configuration.
func open(ctx context.Context, name string, pool *pgxpool.Pool) (*institution, error) {
	store, err := pgstore.Open(ctx, pool, nil)
	if err != nil {
		return nil, err
	}
	log, err := openEvidence(ctx, store)
	if err != nil {
		return nil, err
	}
	client, verifier, err := kakao(log)
	if err != nil {
		return nil, err
	}
	secret, err := base64.StdEncoding.DecodeString(os.Getenv("POD_SEAL_KEY"))
	if err != nil {
		return nil, err
	}
	inputs, err := kakaocert.NewSealKey("2026", secret)
	if err != nil {
		return nil, err
	}
	in := &institution{name: name, pool: pool}
	in.flows, err = riverflow.New(riverflow.Config{Flow: flow.Config[pgx.Tx]{
		Owner: name, Store: store.Flows(), Client: client, Verifier: verifier,
		Keys: []*kakaocert.SealKey{inputs}, Documents: documents, Forget: log.Forget,
		Poll: func(time.Duration) time.Duration { return time.Second }, // for a short story
	}}, riverflow.K3500{Done: in.signed, Failed: in.notSigned})
	if err != nil {
		return nil, err
	}
	config := &river.Config{ID: name, Logger: slog.New(slog.DiscardHandler)}
	if err := in.flows.Configure(config); err != nil {
		return nil, err
	}
	in.queue, err = river.NewClient(riverpgxv5.New(pool), config)
	return in, err
}

// openEvidence opens a log in the database. Pods can read a record until its
// flow has ended; then only the archive's private key opens it, which no pod
// has.
func openEvidence(ctx context.Context, store *pgstore.Store) (*evidence.Log, error) {
	secret, err := base64.StdEncoding.DecodeString(os.Getenv("POD_EVIDENCE_KEY"))
	if err != nil {
		return nil, err
	}
	key, err := evidence.NewKey(secret)
	if err != nil {
		return nil, err
	}
	archive, err := evidence.ParseRecipient([]byte(os.Getenv("POD_ARCHIVE")))
	if err != nil {
		return nil, err
	}
	return evidence.NewLog(ctx, store.Evidence(), key, archive)
}

// kakao makes client and verifier from the environment. A single attempt of
// each verify leaves the most time for another pod.
func kakao(sink kakaocert.Sink) (*kakaocert.Client, *kakaocert.Verifier, error) {
	cipher, err := kakaocert.NewCTRCipher(os.Getenv("KAKAOCERT_ENC_KEY"), os.Getenv("KAKAOCERT_ENC_IV"))
	if err != nil {
		return nil, nil, err
	}
	client, err := kakaocert.NewClient(kakaocert.Config{
		DealerKey: os.Getenv("KAKAOCERT_DEALER_KEY"), InstitutionKey: os.Getenv("KAKAOCERT_INSTITUTION_KEY"),
		SettleID: os.Getenv("KAKAOCERT_SETTLE_ID"), BaseURL: os.Getenv("KAKAOCERT_BASE_URL"),
		Cipher: cipher, Environment: kakaocert.Test, Evidence: sink, Retries: kakaocert.NoRetries,
	})
	if err != nil {
		return nil, nil, err
	}
	fetcher, err := kakaocert.NewRevocationFetcher(kakaocert.RevocationFetcherConfig{BaseURL: os.Getenv("KAKAOCERT_BASE_URL")})
	if err != nil {
		return nil, nil, err
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM([]byte(os.Getenv("POD_ROOTS")))
	verifier, err := kakaocert.NewVerifier(roots, kakaocert.WithRevocationFetcher(fetcher))
	return client, verifier, err
}

// documents are large, so the flow contains only their name.
func documents(_ context.Context, ref string) ([]kakaocert.Document, error) {
	return []kakaocert.Document{
		kakaocert.TextDocument("대출 약정서", "제1조 (목적) 이 약정은 "+ref+"의 조건을 정합니다."),
		kakaocert.TextDocument("개인정보 동의서", "성명과 연락처의 이용에 동의합니다."),
	}, nil
}

// loan is a row of the institution's own table.
type loan struct {
	State    string    `json:"state"` // the flow's
	AppLink  string    `json:"app_link,omitempty"`
	SignedAt time.Time `json:"signed_at,omitzero"`
	Evidence string    `json:"evidence,omitempty"`
	Failed   string    `json:"failed,omitempty"`
	By       string    `json:"by,omitempty"` // the pod that finished
}

// begin enters a loan and begins its flow: both, or neither.
func (in *institution) begin(ctx context.Context, person kakaocert.Person) (id string, err error) {
	id = "loan-" + rand.Text()[:10]
	err = pgx.BeginFunc(ctx, in.pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `insert into loan (id) values ($1)`, id); err != nil {
			return err
		}
		return in.flows.StartTx(ctx, in.queue, tx, id, flow.K3500Input{
			Prepare:      kakaocert.K3500PrepareParams{Product: kakaocert.K3511, User: kakaocert.ByPerson(person)},
			Request:      kakaocert.K3500RequestParams{Title: "대출 계약", IdentifyItems: []kakaocert.IdentifyItem{kakaocert.IdentifyName, kakaocert.IdentifyBirthday}},
			DocumentsRef: id,
		})
	})
	return id, err
}

// signed is called once, in the transaction that ends the flow.
func (in *institution) signed(ctx context.Context, tx pgx.Tx, done flow.Done[*kakaocert.K3500Result]) error {
	_, err := tx.Exec(ctx, `update loan set signed_at = $2, evidence = $3, by = $4 where id = $1`, done.ID, done.SignedAt, done.EvidenceID, in.name)
	return err
}

// notSigned is called once instead. If a flow is lost, the person has signed,
// and a clerk must ask them again.
func (in *institution) notSigned(ctx context.Context, tx pgx.Tx, failed flow.Failed) error {
	_, err := tx.Exec(ctx, `update loan set failed = $2, by = $3 where id = $1`, failed.ID, string(failed.Reason), in.name)
	return err
}

func (in *institution) find(ctx context.Context, id string) (loan, error) {
	now, err := in.flows.State(ctx, id)
	if err != nil {
		return loan{}, err
	}
	found := loan{State: string(now.State), AppLink: now.AppLink}
	var signedAt *time.Time
	err = in.pool.QueryRow(ctx, `select signed_at, coalesce(evidence, ''), coalesce(failed, ''), coalesce(by, '') from loan where id = $1`, id).
		Scan(&signedAt, &found.Evidence, &found.Failed, &found.By)
	if signedAt != nil {
		found.SignedAt = *signedAt
	}
	return found, err
}

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

// pages are the institution's. A real institution identifies its visitors and
// shows them only their own loans.
func (in *institution) pages() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { in.show(w, "", loan{}) })
	mux.HandleFunc("POST /loans", func(w http.ResponseWriter, r *http.Request) {
		id, err := in.begin(r.Context(), kakaocert.Person{Name: r.FormValue("name"), Birthday: r.FormValue("birthday"), Phone: r.FormValue("phone")})
		if err != nil {
			refuse(w, err)
			return
		}
		http.Redirect(w, r, "/loans/"+id, http.StatusSeeOther)
	})
	mux.HandleFunc("GET /loans/{id}", func(w http.ResponseWriter, r *http.Request) {
		found, err := in.find(r.Context(), r.PathValue("id"))
		switch {
		case err != nil:
			refuse(w, err)
		case r.Header.Get("Accept") == "application/json":
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(found)
		default:
			in.show(w, r.PathValue("id"), found)
		}
	})
	// The page's button "I have signed".
	mux.HandleFunc("POST /loans/{id}/ask", func(w http.ResponseWriter, r *http.Request) {
		if err := in.flows.Ask(r.Context(), in.queue, r.PathValue("id")); err != nil {
			refuse(w, err)
			return
		}
		http.Redirect(w, r, "/loans/"+r.PathValue("id"), http.StatusSeeOther)
	})
	return http.NewCrossOriginProtection().Handler(mux)
}

func (in *institution) show(w http.ResponseWriter, id string, found loan) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'")
	_ = page.Execute(w, struct {
		Pod, ID string
		Loan    loan
	}{in.name, id, found})
}

// refuse says that a request failed. The error's text is for the log.
func refuse(w http.ResponseWriter, err error) {
	status := http.StatusInternalServerError
	if errors.Is(err, flow.ErrNotFound) {
		status = http.StatusNotFound
	}
	slog.Warn("a request has failed", "error", err)
	http.Error(w, http.StatusText(status), status)
}
