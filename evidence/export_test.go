package evidence

// OpenStore opens the store of a directory, for tests of what a store promises.
func OpenStore(path string) (Store, func() error, error) {
	d, err := openDirectory(path, true)
	if err != nil {
		return nil, nil, err
	}
	return d, d.close, nil
}
