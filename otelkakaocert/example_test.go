package otelkakaocert_test

import (
	"context"
	"fmt"
	"time"

	"go.opentelemetry.io/otel/metric"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/kakaocert-go/kakaocert"
	"github.com/kakaocert-go/kakaocert/kakaocerttest"
	"github.com/kakaocert-go/kakaocert/otelkakaocert"
)

func observed(config kakaocert.Config, traces trace.TracerProvider, metrics metric.MeterProvider) (*kakaocert.Client, error) {
	observer, err := otelkakaocert.New(traces, metrics)
	if err != nil {
		return nil, err
	}
	config.Observer = observer
	return kakaocert.NewClient(config)
}

func Example() {
	config := kakaocerttest.NewService().Config()
	config.Evidence = kakaocert.UnsafeNoEvidence()
	client, err := observed(config, sdktrace.NewTracerProvider(), sdkmetric.NewMeterProvider())
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	fmt.Println(contract(ctx, client))
	// Output: <nil>
}
