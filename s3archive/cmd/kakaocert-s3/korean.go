package main

// inKorean are the texts of this command in Korean.
var inKorean = map[string]string{
	"archive evidence in a bucket with object lock, fetch it for an audit, and extend its locks": "증거를 객체 잠금이 있는 버킷에 보관하고, 감사할 때 내려받고, 잠금을 연장",
	"kakaocert-s3": `명령마다 예가 있는 -h가 있습니다.

리전, 자격 증명, 주소는 Amazon의 도구와 같습니다: AWS_REGION, AWS_PROFILE, AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL 등.

종료 코드: 0 마침, 1 있어야 할 그대로가 아님, 2 잘못된 호출, 130 중단됨.`,
	"copy what is new in an evidence directory or a database into the bucket": "증거 디렉터리나 데이터베이스에 새로 생긴 것을 버킷으로 복사",
	"kakaocert-s3 archive": `끝난 레코드, 첨부, 체크포인트, 체인의 부분을 한 번씩 저장하고, 지정한 날수만큼 COMPLIANCE 모드로 잠근 뒤 다시 읽어
확인합니다. 그때까지는 계정의 소유자도 지우거나 잠금을 줄일 수 없습니다. 키는 필요하지 않습니다. 되풀이해서 실행하십시오. 앞서
멈춘 곳에서 이어집니다.

ADDRESS는 pgstore의 증거가 있는 PostgreSQL 데이터베이스의 주소이며 psql과 같은 형식입니다: postgres://ROLE@HOST/DATABASE.
kakaocert_auditor를 받은 역할이면 됩니다. 비밀번호는 PGPASSWORD나 PGPASSFILE에 두십시오.

종료 코드: 0 보관함, 1 레코드가 체인에 적힌 그대로가 아니거나 버킷에 다른 객체가 있음, 2 잘못된 호출.

예: kakaocert-s3 archive postgres://audit@db/bank --bucket evidence --keep-days 3653`,
	"write the archive into a new evidence directory": "보관한 것을 새 증거 디렉터리로 내려받기",
	"kakaocert-s3 fetch": `객체마다 처음 저장된 버전을 씁니다. 나중에 지웠거나 덮어쓴 것은 상관없습니다. 그런 다음 네트워크 없이 감사하십시오:
kakaocert evidence verify DIR

종료 코드: 0 내려받음, 1 버킷에서 가려졌거나 바뀌었거나 다른 사람이 둔 것이 있음, 2 잘못된 호출.

예: kakaocert-s3 fetch --bucket evidence --to audit-2026`,
	"extend the locks of what is in the bucket": "버킷에 있는 것의 잠금을 연장",
	"kakaocert-s3 retain": `잠금을 늘리기만 하고 줄이지 않으며, 늘린 것은 아무도 되돌릴 수 없습니다. 그래서 --yes가 없으면 늘리지 않고 대상의 수만
셉니다. fetch와 같이 처음 저장된 버전을 늘립니다. 파기한 레코드의 객체는 잠금을 그대로 둡니다.

--keep-days는 archive와 같습니다. 레코드와 첨부는 저장된 때부터, 체인, 체크포인트, 타임스탬프는 가장 새로운 레코드에도 필요하므로 지금부터
그 날수만큼 잠급니다. 보관 기간이 길어졌을 때 실행하고, 두 번째 이유로 해마다 한 번 실행하십시오(그것만 하려면 --without-records).

--until은 법원의 명령 등으로 모든 것을 그 시각까지 잠급니다. --record를 함께 쓰면 레코드 하나와 그 첨부, 그리고 체인, 체크포인트,
타임스탬프만 잠그며 파기한 레코드도 늘립니다.

중단되면 다시 실행하십시오. 이미 충분히 잠긴 것은 건너뜁니다.

종료 코드: 0 연장함(또는 셈), 1 잠겨 있지 않았거나 다른 사람이 둔 것이 있거나 연장하지 못한 것이 있음, 2 잘못된 호출,
130 중단됨.

예: kakaocert-s3 retain --bucket evidence --until 2036-12-31T23:59:59+09:00 --yes`,
	"each object must be locked for this `NUMBER` of days":               "객체마다 잠겨 있어야 하는 날수 `NUMBER`",
	"each object must be locked until this `RFC3339` time":               "객체마다 이 시각(`RFC3339`)까지 잠겨 있어야 함",
	"of the records only the one with this `ID`; may be repeated":        "레코드는 이 `ID`의 것만. 여러 번 지정 가능",
	"only chains, checkpoints and stamps":                                "체인, 체크포인트, 타임스탬프만",
	"extend them":                                                        "연장함",
	"for how long? give --keep-days or --until":                          "얼마 동안입니까? --keep-days나 --until을 지정하십시오",
	"--keep-days must be at most 36500":                                  "--keep-days는 36500 이하여야 합니다",
	"--record and --without-records exclude each other":                  "--record와 --without-records는 함께 쓸 수 없습니다",
	"--until must be as in 2036-12-31T23:59:59+09:00":                    "--until은 2036-12-31T23:59:59+09:00 형식이어야 합니다",
	"kakaocert-s3: nothing was extended: %d objects would be with --yes": "kakaocert-s3: 연장하지 않음. --yes를 붙이면 객체 %d개를 연장함",
	"extended: %d objects":                                               "연장함: 객체 %d개",
	"locked long enough: %d objects; of purged records: %d":              "이미 충분히 잠김: 객체 %d개, 파기한 레코드의 것: %d개",
	"unlocked": "잠기지 않음",
	"the `NAME` of the bucket, which must have object lock":                 "버킷의 이름 `NAME`. 객체 잠금이 있어야 함",
	"put this `TEXT` before every name, such as evidence/":                  "모든 이름 앞에 붙일 `TEXT`. 예: evidence/",
	"name the bucket in the path, as most servers other than Amazon's need": "버킷 이름을 경로에 씀. Amazon이 아닌 서버는 대개 필요함",
	"lock each object for this `NUMBER` of days":                            "객체마다 잠글 날수 `NUMBER`",
	"--bucket is missing":                                        "--bucket이 없습니다",
	"--keep-days must be above zero":                             "--keep-days는 0보다 커야 합니다",
	"--to is missing: say where to write":                        "--to가 없습니다. 쓸 곳을 지정하십시오",
	"which directory or database? run %s -h for usage":           "디렉터리나 데이터베이스 하나를 지정하십시오. 사용법은 %s -h",
	"address must be as for psql: postgres://ROLE@HOST/DATABASE": "주소는 psql과 같은 형식이어야 합니다: postgres://ROLE@HOST/DATABASE",
	"archived: %d objects, %d entries of chains":                 "보관함: 객체 %d개, 체인의 항목 %d개",
	"fetched: %d objects, %d chains":                             "내려받음: 객체 %d개, 체인 %d개",
	"waiting":                                                    "대기",
	"ahead":                                                      "앞섬",
	"hidden":                                                     "가려짐",
	"replaced":                                                   "바뀜",
	"strange":                                                    "모르는 것",
}
