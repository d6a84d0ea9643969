package main

import "maps"

// inKorean are the texts of this command in Korean.
func inKorean() map[string]string {
	all := database.Korean()
	maps.Copy(all, map[string]string{
		"make the schema for evidence and flows in PostgreSQL, and audit, read and purge the evidence": "증거와 절차를 위한 PostgreSQL 스키마를 만들고 증거를 감사, 조회, 파기",
		"kakaocert-pg": `명령마다 예가 있는 -h가 있습니다.

종료 코드: 0 마침, 1 그렇지 않음, 2 잘못된 호출, 3 주어진 키로는 확인할 수 없음, 130 중단됨.`,
		"print the SQL that makes or upgrades the schema": "스키마를 만들거나 올리는 SQL 출력",
		"kakaocert-pg schema": `DBA가 읽고 실행할 SQL을 출력합니다. 스키마를 소유할 역할로, 한 트랜잭션에서 실행하십시오. 데이터베이스에는 접속하지
않습니다.

예: kakaocert-pg schema | psql -v ON_ERROR_STOP=1 --single-transaction`,
		"the `VERSION` that the database has; 0 (the default): none": "데이터베이스에 있는 버전 `VERSION`. 0(기본값)은 없음",
		"--from must be from 0 to %d":                                "--from은 0부터 %d까지여야 합니다",
		"address must be as for psql: postgres://ROLE@HOST/DATABASE": "주소는 psql과 같은 형식이어야 합니다: postgres://ROLE@HOST/DATABASE",
	})
	return all
}
