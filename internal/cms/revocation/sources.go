package revocation

// Sources are answers that have been read.
type Sources struct {
	crls []*crl
	ocsp []*ocspAnswer
}

// Add adds other answers.
func (s *Sources) Add(other *Sources) {
	s.crls = append(s.crls, other.crls...)
	s.ocsp = append(s.ocsp, other.ocsp...)
}

// Data returns the answers as they came.
func (s *Sources) Data() (data Data) {
	for _, list := range s.crls {
		data.CRLs = append(data.CRLs, list.Raw)
	}
	for _, answer := range s.ocsp {
		data.OCSP = append(data.OCSP, answer.raw)
	}
	return data
}

// Read reads answers. The ones that cannot be read are left out, and counted.
func Read(data Data) (s *Sources, unreadable int) {
	s = new(Sources)
	for _, raw := range data.CRLs {
		if list, err := readCRL(raw); err == nil {
			s.crls = append(s.crls, list)
		} else {
			unreadable++
		}
	}
	for _, raw := range data.OCSP {
		if answer, err := readOCSP(raw); err == nil {
			s.ocsp = append(s.ocsp, answer)
		} else {
			unreadable++
		}
	}
	return s, unreadable
}
