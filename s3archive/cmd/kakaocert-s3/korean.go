package main

// inKorean are the texts of this command in Korean.
var inKorean = map[string]string{
	"archive evidence in a bucket with object lock, and fetch it for an audit": "증거를 객체 잠금이 있는 버킷에 보관하고, 감사할 때 내려받기",
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
